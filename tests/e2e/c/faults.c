// Each kind of fault: signal, si_code, si_addr.
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "check.h"

static sigjmp_buf back;
static volatile int got_signal, got_code;
static volatile uintptr_t got_address, got_rip;

static void handler(int number, siginfo_t* info, void* context) {
    got_signal = number;
    got_code = info->si_code;
    got_address = (uintptr_t)info->si_addr;
    got_rip = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
    siglongjmp(back, 1);
}
#define CATCH(...)                                    \
    do {                                             \
        got_signal = got_code = 0, got_address = 0;  \
        if (!sigsetjmp(back, 1)) { __VA_ARGS__; }    \
    } while (0)

static volatile int zero;

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (int i = 0; i < 5; i++) sigaction(numbers[i], &action, NULL);

    char* pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    CHECK(mprotect(pages + 4096, 4096, PROT_NONE) == 0 && mprotect(pages + 8192, 4096, PROT_READ) == 0);
    CHECK(munmap(pages + 12288, 4096) == 0);

    CATCH(*(volatile char*)16 = 1);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_MAPERR && got_address == 16);
    CATCH(zero = *(volatile char*)8);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_MAPERR && got_address == 8);
    CATCH(pages[12288 + 5] = 1);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_MAPERR && got_address == (uintptr_t)pages + 12293);
    CATCH(pages[4096 + 7] = 1);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_ACCERR && got_address == (uintptr_t)pages + 4103);
    CATCH(pages[8192 + 9] = 1);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_ACCERR && got_address == (uintptr_t)pages + 8201);
    zero = ((volatile char*)pages)[8192];
    CATCH(*(volatile uint64_t*)(pages + 4092) = 1);
    CHECK(got_signal == SIGSEGV && got_code == SEGV_ACCERR && got_address == (uintptr_t)pages + 4096);
    CATCH(((void (*)(void))(pages))());
    CHECK(got_signal == SIGSEGV && got_code == SEGV_ACCERR && got_address == (uintptr_t)pages && got_rip == (uintptr_t)pages);
    CATCH(((void (*)(void))64)());
    CHECK(got_signal == SIGSEGV && got_code == SEGV_MAPERR && got_address == 64 && got_rip == 64);
    puts("memory ok");

    zero = 0;
    CATCH(zero = 5 / zero);
    CHECK(got_signal == SIGFPE && got_code == FPE_INTDIV && got_address == got_rip);
    volatile int least = INT32_MIN, minus = -1;
    CATCH(zero = least / minus);
    CHECK(got_signal == SIGFPE && got_code == FPE_INTDIV);
    volatile unsigned long high = 5;
    CATCH(unsigned long low = 0, divisor = 2; __asm__ volatile("divq %2" : "+a"(low) : "d"(high), "r"(divisor)));
    CHECK(got_signal == SIGFPE);
    puts("divide ok");

    CATCH(__asm__ volatile("ud2"));
    CHECK(got_signal == SIGILL && got_code == ILL_ILLOPN && got_address == got_rip);
    CATCH(__asm__ volatile(".byte 0x06"));
    CHECK(got_signal == SIGILL && got_code == ILL_ILLOPN);
    CATCH(__asm__ volatile(".byte 0xf0, 0x01, 0xc0"));
    CHECK(got_signal == SIGILL);
    CATCH(__asm__ volatile("int3"));
    CHECK(got_signal == SIGTRAP && got_code == SI_KERNEL);
    CATCH(__asm__ volatile("hlt"));
    CHECK(got_signal == SIGSEGV && got_code == SI_KERNEL && got_address == 0);
    CATCH(__asm__ volatile("inb $0x70, %%al" ::: "rax"));
    CHECK(got_signal == SIGSEGV && got_code == SI_KERNEL && got_address == 0);
    CATCH(__asm__ volatile("int $0x85"));
    CHECK(got_signal == SIGSEGV && got_code == SI_KERNEL);
    puts("instructions ok");

    unsigned control = 0x1f80 & ~0x200u, quiet = 0x1f80;
    CATCH(__asm__ volatile("ldmxcsr %0" ::"m"(control)); volatile double d = 1, z = 0; d = d / z);
    __asm__ volatile("ldmxcsr %0" ::"m"(quiet));
    CHECK(got_signal == SIGFPE && got_code == FPE_FLTDIV);
    unsigned short word = 0x37f & ~4u, calm = 0x37f;
    CATCH(__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" ::"m"(word)));
    __asm__ volatile("fninit; fldcw %0" ::"m"(calm));
    CHECK(got_signal == SIGFPE && got_code == FPE_FLTDIV);
    puts("float faults ok");

    int file = open("short", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && ftruncate(file, 100) == 0);
    char* mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(mapped != MAP_FAILED);
    mapped[50] = 1;
    CATCH(mapped[5000] = 1);
    CHECK(got_signal == SIGBUS && got_code == BUS_ADRERR && got_address == (uintptr_t)mapped + 5000);
    unlink("short");
    for (int i = 0; i < 2000; i++) {
        CATCH(*(volatile char*)16 = 1);
        CHECK(got_signal == SIGSEGV);
    }
    puts("faults ok");
}
