// The ID flag is each task's own: what one leaves set, another does not see, and can flip both ways. (Java tells processors apart so.)
#define _GNU_SOURCE
#include <sched.h>
#include <sys/wait.h>

#include "check.h"

enum { kId = 0x200000 };

static unsigned long flags(void) {
    unsigned long now;
    __asm__ volatile("pushf; pop %0" : "=r"(now));
    return now;
}

static void set_flags(unsigned long wanted) { __asm__ volatile("push %0; popf" : : "r"(wanted) : "cc", "memory"); }

static int flips(void) {
    const unsigned long before = flags();
    set_flags(before | kId);
    const int set = (flags() & kId) != 0;
    set_flags(before & ~(unsigned long)kId);
    const int cleared = (flags() & kId) == 0;
    set_flags(before);
    return set && cleared;
}

int main(void) {
    CHECK((flags() & kId) == 0 && flips());
    for (int i = 0; i < 50; ++i) {
        int go[2];
        CHECK(pipe(go) == 0);
        pid_t child = fork();
        if (child == 0) {
            set_flags(flags() | kId);
            volatile char touched[1 << 16];  // faults leave the flags alone
            for (size_t at = 0; at < sizeof touched; at += 512) touched[at] = 1;
            char byte = (flags() & kId) ? 'y' : 'n';
            CHECK(write(go[1], &byte, 1) == 1);
            sched_yield();
            _exit((flags() & kId) ? 0 : 1);
        }
        char byte = 0;
        CHECK(read(go[0], &byte, 1) == 1 && byte == 'y');
        CHECK((flags() & kId) == 0 && flips());
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        CHECK((flags() & kId) == 0 && flips());
        close(go[0]);
        close(go[1]);
    }
    puts("ok");
    return 0;
}
