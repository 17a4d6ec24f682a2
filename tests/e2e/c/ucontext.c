// A handler reads and changes the interrupted context: skips an instruction, changes registers, sees exact values and flags.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "check.h"

static volatile int mode, seen;
static greg_t saved[NGREG];
static uint8_t xmm[16][16];
static char* guarded;

static void handler(int number, siginfo_t* info, void* opaque) {
    (void)number;
    ucontext_t* context = opaque;
    greg_t* reg = context->uc_mcontext.gregs;
    memcpy(saved, reg, sizeof saved);
    if (context->uc_mcontext.fpregs) memcpy(xmm, context->uc_mcontext.fpregs->_xmm, sizeof xmm);
    seen++;
    switch (mode) {
        case 0: reg[REG_RIP] += 2; break;                                             // skip it
        case 1: reg[REG_RAX] = (greg_t)guarded; break;                                // repair the address, retry
        case 2: mprotect(guarded, 4096, PROT_READ | PROT_WRITE); break;               // repair the page, retry
        case 3: reg[REG_RIP] += 2, reg[REG_EFL] |= 1; break;                          // set carry
        case 4: reg[REG_RIP] += 2, context->uc_mcontext.fpregs->_xmm[3].element[0] = 0x12345678; break;
        case 5: reg[REG_RSP] += 8, reg[REG_RIP] = *(greg_t*)(reg[REG_RSP] - 8); break;  // emulate a return
        case 6: sigaddset(&context->uc_sigmask, SIGUSR2), reg[REG_RIP] += 2; break;
    }
    (void)info;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    guarded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mode = 0;
    uint64_t r[8];
    uint64_t before, after;
    for (int i = 0; i < 100; i++) {
        __asm__ volatile(
            "mov $0x1111111111111111,%%rbx; mov $0x2222222222222222,%%rcx; mov $0x3333333333333333,%%rdx; mov $0x4444444444444444,%%rsi;"
            "mov $0x5555555555555555,%%rdi; mov $0x8888888888888888,%%r8; mov $0x9999999999999999,%%r9; mov $0xaaaaaaaaaaaaaaaa,%%r10;"
            "mov $0xcccccccccccccccc,%%r12; mov $0xdddddddddddddddd,%%r13; movq %%rbx,%%xmm7; mov %%rsp,%0; stc; ud2; mov %%rsp,%1;"
            "mov %%rbx,16(%2); mov %%r13,24(%2)"
            : "=&r"(before), "=&r"(after)
            : "r"(r)
            : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r12", "r13", "xmm7", "memory", "cc");
        CHECK(before == after && (uint64_t)saved[REG_RSP] == before);
        CHECK(r[2] == 0x1111111111111111 && r[3] == 0xdddddddddddddddd);
        CHECK(saved[REG_RBX] == 0x1111111111111111 && saved[REG_RCX] == 0x2222222222222222 && saved[REG_RDX] == 0x3333333333333333);
        CHECK(saved[REG_RSI] == 0x4444444444444444 && saved[REG_RDI] == 0x5555555555555555);
        CHECK((uint64_t)saved[REG_R8] == 0x8888888888888888 && (uint64_t)saved[REG_R9] == 0x9999999999999999);
        CHECK((uint64_t)saved[REG_R10] == 0xaaaaaaaaaaaaaaaa && (uint64_t)saved[REG_R12] == 0xcccccccccccccccc);
        CHECK((saved[REG_EFL] & 1) == 1);
        uint64_t low;
        memcpy(&low, xmm[7], 8);
        CHECK(low == 0x1111111111111111);
    }
    puts("registers ok");

    mode = 1;
    uint64_t value = 0;
    *(uint64_t*)guarded = 4711;
    __asm__ volatile("mov $24, %%eax; mov (%%rax), %0" : "=r"(value) : : "rax");
    CHECK(value == 4711);
    mode = 2;
    for (int i = 0; i < 50; i++) {
        CHECK(mprotect(guarded, 4096, PROT_NONE) == 0);
        *(volatile uint64_t*)(guarded + 8) = (uint64_t)i;
        CHECK(*(volatile uint64_t*)(guarded + 8) == (uint64_t)i);
        CHECK(mprotect(guarded, 4096, PROT_READ) == 0);
        __asm__ volatile("lock addq $5, 8(%0); cld; mov $4,%%ecx; mov %0,%%rdi; xor %%eax,%%eax; rep stosb" ::"r"(guarded) : "rcx", "rdi", "rax", "memory");
        CHECK(*(volatile uint64_t*)(guarded + 8) == (uint64_t)i + 5);
        CHECK(mprotect(guarded, 4096, PROT_NONE) == 0);
        uint64_t pushed = 99;
        __asm__ volatile("push (%1); pop %0" : "=r"(pushed) : "r"(guarded + 8));
        CHECK(pushed == (uint64_t)i + 5);
    }
    puts("retried ok");
    mode = 3;
    unsigned char carry = 0;
    __asm__ volatile("clc; ud2; setc %0" : "=r"(carry) : : "cc");
    CHECK(carry == 1);
    mode = 4;
    unsigned lane = 0;
    __asm__ volatile("pxor %%xmm3,%%xmm3; ud2; movd %%xmm3,%0" : "=r"(lane) : : "xmm3");
    CHECK(lane == 0x12345678);
    mode = 5;
    ((void (*)(void))48)();
    CHECK((uint64_t)saved[REG_RIP] == 48);
    mode = 6;
    __asm__ volatile("ud2");
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(sigismember(&mask, SIGUSR2));
    mode = 0;
    uint64_t rcx, rsi, rdi;
    char small[16];
    __asm__ volatile("cld; mov $8,%%ecx; mov %3,%%rdi; mov $100,%%esi; rep movsb" : "=c"(rcx), "=S"(rsi), "=D"(rdi) : "r"(small) : "memory");
    CHECK(rcx == 8 && rsi == 100 && rdi == (uint64_t)small);
    printf("ucontext ok %d\n", seen > 150);
}
