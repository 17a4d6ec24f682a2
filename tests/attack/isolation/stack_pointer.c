// Smashes the stack pointer: any 64-bit value, then pushes, pops, calls, returns, frames and interrupts with it.
#include "wild.h"

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    survive_faults();
    static volatile uint64_t saved;
    for (volatile int i = 0; i < 2000; i++) {
        uint64_t a = wild_address();
#define WITH_RSP(code)                                                                                                            \
    __asm__ volatile("mov %%rsp,%1; mov %0,%%rsp; " code "; mov %1,%%rsp" ::"r"(a), "m"(saved), "m"(*(char(*)[256])0)             \
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "memory", "cc")
        ATTEMPT(switch (random64() % 16) {
            case 0: WITH_RSP("push %%rax"); break;
            case 1: WITH_RSP("pop %%rax"); break;
            case 2: WITH_RSP("mov %%rax,8(%%rsp)"); break;
            case 3: WITH_RSP("call 1f; 1: pop %%rax"); break;
            case 4: WITH_RSP("add $0x7fffffff,%%rsp; push %%rax"); break;
            case 5: WITH_RSP("sub $0x7fffffff,%%rsp; pop %%rax"); break;
            case 6: WITH_RSP("and $-4096,%%rsp; push %%rax; push %%rax"); break;
            case 7: WITH_RSP("lea 0x10000000(%%rsp,%%rax,8),%%rsp; mov %%rax,(%%rsp)"); break;
            case 8: WITH_RSP("mov %%esp,%%esp; push %%rax"); break;
            case 9: WITH_RSP("neg %%rsp; pushf; popf"); break;
            case 10: WITH_RSP("xchg %%rax,%%rsp; push %%rcx; xchg %%rax,%%rsp"); break;
            case 11: WITH_RSP("mov %%sp,%%ax; mov %%ax,%%sp; push %%rax"); break;
            case 12: WITH_RSP("xor %%esp,%%esp; dec %%rsp; push %%rax"); break;
            case 13: WITH_RSP("shl $12,%%rsp; not %%rsp; mov %%rax,-0x8000(%%rsp)"); break;
            case 14: WITH_RSP("movq %%rsp,%%xmm0; bswap %%rsp; movq %%xmm0,%%rax; pop %%rcx"); break;
            case 15: WITH_RSP("mov $200,%%ecx; 1: push %%rcx; sub $0xfff8,%%rsp; loop 1b"); break;
        });
        // Stack-relative accesses far off, with a good stack pointer.
        ATTEMPT(switch (random64() % 4) {
            case 0: __asm__ volatile("mov %%rax,0x7fffff00(%%rsp)" ::: "memory"); break;
            case 1: __asm__ volatile("mov %%rax,-0x7fffff00(%%rsp)" ::: "memory"); break;
            case 2: __asm__ volatile("mov %%rax,(%%rsp,%0,8)" ::"r"(a) : "memory"); break;
            case 3: __asm__ volatile("mov (%%rsp,%0,1),%%rax" ::"r"(a) : "rax"); break;
        });
    }
    return 0;
}
