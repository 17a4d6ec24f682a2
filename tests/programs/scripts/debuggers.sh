#!/bin/bash
# packages: gcc libc6-dev gdb strace
# strace and gdb follow programs. Their output is cut to what does not depend on addresses and process numbers.
set -u
strace -o /dev/null true || exit 77  # a Linux that forbids it
cat > calls.c <<'C'
#include <stdio.h>
#include <sys/stat.h>
int add(int a, int b) { int sum = a + b; return sum; }
int main(void) {
    int total = 0;
    for (int i = 1; i < 4; i++) total = add(total, i);
    mkdir("made", 0755);
    printf("%d\n", total);
    return 0;
}
C
gcc -g -O0 -o calls calls.c || exit 1
strace -e trace=mkdir,exit_group ./calls 2>&1
rmdir made
strace -f -e trace=exit_group sh -c './calls; true' 2>&1 | grep -c 'exited with 0'
rmdir made
strace -c -e trace=mkdir ./calls 2>&1 | grep -c mkdir
rmdir made
strace -e trace=mkdir -e inject=mkdir:error=EACCES ./calls 2>&1 | grep mkdir
gdb -nx -q -batch -ex 'break add' -ex run -ex 'info args' -ex next -ex 'print sum' -ex backtrace \
    -ex 'set var sum = 40' -ex delete -ex continue ./calls 2>&1 |
    grep -vE '^(warning|\[|Using host|$)' | sed -E 's/process [0-9]+/process N/; s/0x[0-9a-f]+/ADDRESS/g'
rm -r made calls calls.c
