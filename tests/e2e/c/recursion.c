// Deep recursion, mutual recursion, and an overflow of the stack caught on an alternate stack.
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>

#include "check.h"

static int ackermann(int m, int n) {
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}
static int is_odd(unsigned n);
static __attribute__((noinline, optimize("O0"))) int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
static __attribute__((noinline, optimize("O0"))) int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }
static unsigned long fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static void hanoi(int n, int from, int to, int over, unsigned long* moves) {
    if (n == 0) return;
    hanoi(n - 1, from, over, to, moves);
    ++*moves;
    hanoi(n - 1, over, to, from, moves);
}
static sigjmp_buf back;
static volatile int levels;
static void overflow(int number) { siglongjmp(back, number); }
static __attribute__((noinline)) int bottomless(int n) {
    volatile char frame[4096];
    frame[0] = (char)n;
    levels++;
    return bottomless(n + 1) + frame[0];
}

int main(void) {
    printf("ackermann %d\n", ackermann(2, 300));
    printf("ackermann %d\n", ackermann(3, 7));
    printf("even %d\n", is_even(50001));
    printf("fib %lu\n", fib(27));
    unsigned long moves = 0;
    hanoi(18, 1, 3, 2, &moves);
    printf("hanoi %lu\n", moves);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 1 << 20);
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    CHECK(sigaltstack(&stack, NULL) == 0);
    struct sigaction action = {.sa_handler = overflow, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 3; i++) {
        levels = 0;
        int number = sigsetjmp(back, 1);
        if (number == 0) bottomless(0);
        CHECK(number == SIGSEGV && levels > 200);
    }
    puts("recursion ok");
}
