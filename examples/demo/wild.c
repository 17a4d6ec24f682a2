// A process gone mad: it writes all over its memory and then jumps to garbage. Prints nothing of interest.
// Natively it dies with SIGSEGV; inside the enclave it must die with the same signal and hurt nobody.
#include <signal.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>

static sigjmp_buf recover;
static void on_fault(int number) {
    (void)number;
    siglongjmp(recover, 1);
}

int main(void) {
    struct sigaction action = {.sa_handler = on_fault};
    sigaction(SIGSEGV, &action, 0);
    sigaction(SIGBUS, &action, 0);
    volatile uint64_t seed = 88172645463325252u;
    volatile uint64_t written = 0;
    for (int i = 0; i < 20000; ++i) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        // Any 64-bit address that is not this program's own: everybody else's memory, were it not confined.
        volatile uint64_t* wild = (volatile uint64_t*)((seed & ~0x80000000ull) | 0x10000000u);
        if (!sigsetjmp(recover, 1)) {
            *wild = seed;
            ++written;
        }
    }
    fprintf(stderr, "wild: 20000 stores at random addresses tried; now jumping to garbage\n");
    signal(SIGSEGV, SIG_DFL);
    ((void (*)(void))(uintptr_t)0xdead0000u)();
    return 0;
}
