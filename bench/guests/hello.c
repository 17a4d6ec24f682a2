// What the start of a program costs.
#include <stdio.h>
int main(void) { puts("hello"); }
