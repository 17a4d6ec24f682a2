// Recursive Fibonacci: a call every few instructions, the worst case for returns.
#include "bench.h"
static __attribute__((noinline)) uint64_t fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
uint64_t work(void) { return fib(38); }
