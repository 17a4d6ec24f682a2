// Writes at random 64-bit addresses with every addressing form and every kind of store.
#include "wild.h"

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    survive_faults();
    for (volatile int i = 0; i < 3000; i++) {
        uint64_t a = wild_address(), b = wild_address(), v = random64();
        ATTEMPT(switch (random64() % 26) {
            case 0: __asm__ volatile("mov %1,(%0)" ::"r"(a), "r"(v) : "memory"); break;
            case 1: __asm__ volatile("mov %2,(%0,%1,1)" ::"r"(a), "r"(b), "r"(v) : "memory"); break;
            case 2: __asm__ volatile("mov %2,0x12345678(%0,%1,8)" ::"r"(a), "r"(b), "r"(v) : "memory"); break;
            case 3: __asm__ volatile("mov %1,-0x7f(,%0,4)" ::"r"(a), "r"(v) : "memory"); break;
            case 4: __asm__ volatile("movb %b1,-0x80000000(%0)" ::"r"(a), "q"(v) : "memory"); break;
            case 5: __asm__ volatile("movw %w1,0x7fffffff(%0,%0,2)" ::"r"(a), "r"(v) : "memory"); break;
            case 6: __asm__ volatile("lock xadd %1,(%0)" : "+r"(a), "+r"(v)::"memory"); break;
            case 7: __asm__ volatile("xchg %1,(%0)" : "+r"(a), "+r"(v)::"memory"); break;
            case 8: __asm__ volatile("lock cmpxchg16b (%0)" ::"r"(a & ~15ul), "a"(0), "d"(0), "b"(v), "c"(v) : "memory"); break;
            case 9: __asm__ volatile("movq %1,%%xmm0; movdqu %%xmm0,(%0)" ::"r"(a), "r"(v) : "memory", "xmm0"); break;
            case 10: __asm__ volatile("movq %1,%%xmm1; movnti %1,(%0)" ::"r"(a), "r"(v) : "memory", "xmm1"); break;
            case 11: __asm__ volatile("bts %1,(%0)" ::"r"(a), "r"(b) : "memory"); break;
            case 12: __asm__ volatile("btc %1,(%0)" ::"r"(b), "r"(a) : "memory"); break;
            case 13: __asm__ volatile("lock btr %1,(%0)" ::"r"(a & 0xffff), "r"(b) : "memory"); break;
            case 14: __asm__ volatile("incq (%0)" ::"r"(a) : "memory"); break;
            case 15: __asm__ volatile("fld1; fstpt (%0)" ::"r"(a) : "memory"); break;
            case 16: __asm__ volatile("fnsave (%0); fninit" ::"r"(a) : "memory"); break;
            case 17: __asm__ volatile("fxsave64 (%0)" ::"r"(a & ~15ul) : "memory"); break;
            case 18: __asm__ volatile("mov %0,%%rdi; movq %1,%%xmm2; pcmpeqd %%xmm3,%%xmm3; maskmovdqu %%xmm3,%%xmm2" ::"r"(a), "r"(v) : "rdi", "memory", "xmm2", "xmm3"); break;
            case 19: __asm__ volatile("mov %0,%%rax; pop (%%rax)" ::"r"(a) : "rax", "memory"); break;
            case 20: __asm__ volatile("addr32 mov %1,(%k0)" ::"r"(a), "r"(v) : "memory"); break;
            case 21: __asm__ volatile("mov %1,%%fs:(%0)" ::"r"(a), "r"(v) : "memory"); break;
            case 22: __asm__ volatile("mov %1,%%gs:(%0)" ::"r"(a), "r"(v) : "memory"); break;
            case 23: __asm__ volatile("setc (%0); shlq $3,(%0)" ::"r"(a) : "memory"); break;
            case 24: __asm__ volatile("stmxcsr (%0); fnstcw 4(%0); fnstenv 8(%0)" ::"r"(a) : "memory"); break;
            case 25: __asm__ volatile("movabs %%al,0x123456789abcdef" ::: "memory"); break;
        });
    }
    return 0;
}
