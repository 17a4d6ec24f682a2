// What the attackers share: random numbers from a seed, survival of faults, and a report that says nothing of addresses.
#pragma once
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static uint64_t state_ = 88172645463325252u;
static inline uint64_t random64(void) {
    state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
    return state_ * 0x2545f4914f6cdd1d;
}

// Random 64-bit addresses of many shapes: small, around 4 GiB and multiples of it, kernel half, non-canonical, near the stack and the code.
static inline uint64_t wild_address(void) {
    uint64_t r = random64(), local = (uint64_t)&r;
    switch (r % 12) {
        case 0: return random64();
        case 1: return random64() >> 17;
        case 2: return random64() >> 32;
        case 3: return random64() << 32 | (random64() & 0xfff);
        case 4: return (random64() % 4096) * 0x100000000u + (random64() % 0x200000) - 0x100000;
        case 5: return 0x100000000u - (random64() % 0x2000);
        case 6: return 0xffffffff00000000u + random64() % 0x100000000u;
        case 7: return 0x8000000000000000u ^ (random64() >> (random64() % 48));
        case 8: return local + (random64() % 65536) * 0x100000000u;
        case 9: return (uint64_t)(int64_t)(int32_t)random64();
        case 10: return 0x7fff00000000u + random64() % 0x100000000u;
        default: return random64() % 0x200000;
    }
}

static sigjmp_buf back_;
static void on_fault_(int number) { siglongjmp(back_, number); }
static inline void survive_faults(void) {
    alarm(2);  // random code may loop
    // A wild write may hit the attacker's own data: on its own stack and handler it stays able to go on most of the time.
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_handler = on_fault_, .sa_flags = SA_ONSTACK | SA_NODEFER};
    int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (int i = 0; i < 5; i++) sigaction(numbers[i], &action, NULL);
}
#define ATTEMPT(...)                            \
    do {                                        \
        if (sigsetjmp(back_, 1) == 0) {         \
            __VA_ARGS__;                        \
        }                                       \
    } while (0)
