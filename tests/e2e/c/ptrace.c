// ptrace(2): what strace and gdb do with it.
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "check.h"

static volatile long counter;
__attribute__((noinline)) static long twice(long n) {
    counter += n;
    return 2 * n;
}

static pid_t start(int (*body)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(99);
        raise(SIGSTOP);
        _exit(body());
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    return pid;
}

static int wait_for(pid_t pid) {
    int status = 0;
    CHECK(waitpid(pid, &status, __WALL) == pid);
    return status;
}

static int call_twice(void) { return (int)twice(21); }

static void errors(void) {
    CHECK_ERRNO(ptrace(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
    CHECK_ERRNO(ptrace(PTRACE_ATTACH, 999999, 0, 0), ESRCH);
    CHECK_ERRNO(ptrace(PTRACE_CONT, 999999, 0, 0), ESRCH);
    CHECK_ERRNO(ptrace(PTRACE_CONT, getppid(), 0, 0), ESRCH);
    pid_t pid = start(call_twice);
    CHECK_ERRNO(ptrace(PTRACE_ATTACH, pid, 0, 0), EPERM);
    CHECK_ERRNO(ptrace(PTRACE_PEEKDATA, pid, (void*)8, 0), EIO);
    CHECK_ERRNO(ptrace(PTRACE_POKEDATA, pid, (void*)8, 0), EIO);
    CHECK_ERRNO(ptrace(PTRACE_CONT, pid, 0, 100), EIO);
    CHECK_ERRNO(ptrace(PTRACE_SETOPTIONS, pid, 0, 0x40000000), EINVAL);
    CHECK_ERRNO(ptrace(PTRACE_PEEKUSER, pid, (void*)3, 0), EIO);
    CHECK_ERRNO(ptrace(PTRACE_SYSEMU + 1000, pid, 0, 0), EIO);
    CHECK(kill(pid, SIGKILL) == 0);
    int status = wait_for(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

// A breakpoint, registers, a step, memory.
static void breakpoint(void) {
    pid_t pid = start(call_twice);
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, pid, (void*)twice, 0);
    CHECK(errno == 0 && word == *(long*)(void*)twice);
    CHECK(ptrace(PTRACE_POKETEXT, pid, (void*)twice, (word & ~0xffl) | 0xcc) == 0);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    int status = wait_for(pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
    struct user_regs_struct regs;
    CHECK(ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0);
    CHECK(regs.rip == (uintptr_t)twice + 1 && regs.rdi == 21 && (long)regs.orig_rax == -1);
    siginfo_t info;
    CHECK(ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_signo == SIGTRAP && info.si_code == SI_KERNEL);
    CHECK(ptrace(PTRACE_POKETEXT, pid, (void*)twice, word) == 0);
    regs.rip--;
    regs.rdi = 4;
    CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
    struct iovec part = {&regs, sizeof regs};
    for (int i = 0; i < 3; ++i) {
        unsigned long before = regs.rip;
        CHECK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
        status = wait_for(pid);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
        CHECK(ptrace(PTRACE_GETREGSET, pid, (void*)NT_PRSTATUS, &part) == 0 && part.iov_len == sizeof regs);
        CHECK(regs.rip > before && regs.rip - before < 16);
    }
    CHECK(ptrace(PTRACE_PEEKUSER, pid, (void*)offsetof(struct user_regs_struct, rdi), 0) == 4);
    struct user_fpregs_struct floats;
    CHECK(ptrace(PTRACE_GETFPREGS, pid, 0, &floats) == 0 && floats.mxcsr == 0x1f80);
    floats.xmm_space[0] = 77;
    CHECK(ptrace(PTRACE_SETFPREGS, pid, 0, &floats) == 0);
    memset(&floats, 0, sizeof floats);
    struct iovec vectors = {&floats, sizeof floats};
    CHECK(ptrace(PTRACE_GETREGSET, pid, (void*)NT_PRFPREG, &vectors) == 0 && floats.xmm_space[0] == 77);
    CHECK_ERRNO(ptrace(PTRACE_GETREGSET, pid, (void*)0x7777, &vectors), EINVAL);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    status = wait_for(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 8);
}

static int two_calls(void) {
    if (syscall(SYS_getppid, 1, 2, 3) != 4711) return 1;
    if (syscall(SYS_getpid) != -1 || errno != ENOSYS) return 2;
    return 0;
}

static void calls(void) {
    pid_t pid = start(two_calls);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
    struct user_regs_struct regs;
    struct __ptrace_syscall_info info;
    int seen = 0;
    for (;;) {
        CHECK(ptrace(PTRACE_SYSCALL, pid, 0, 0) == 0);
        int status = wait_for(pid);
        if (WIFEXITED(status)) {
            CHECK(WEXITSTATUS(status) == 0);
            break;
        }
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80));
        CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void*)sizeof info, &info) > 0);
        CHECK(ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0);
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY && regs.orig_rax == SYS_getppid) {
            CHECK(info.entry.nr == SYS_getppid && info.entry.args[1] == 2 && (long)regs.rax == -ENOSYS);
            seen |= 1;
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && regs.orig_rax == SYS_getppid) {
            CHECK(info.exit.rval == getpid() && !info.exit.is_error);
            regs.rax = 4711;
            CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
            seen |= 2;
        } else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && regs.orig_rax == SYS_getpid) {
            regs.orig_rax = -1ul;
            CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
            seen |= 4;
        }
    }
    CHECK(seen == 7);
}

static int forks(void) {
    pid_t pid = fork();
    if (pid == 0) _exit(3);
    int status;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static void events(void) {
    pid_t pid = start(forks);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT) == 0);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    int status = wait_for(pid);
    CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8));
    unsigned long child = 0;
    CHECK(ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0 && child > 0);
    status = wait_for((pid_t)child);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0);
    status = wait_for((pid_t)child);
    CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
    unsigned long message = 0;
    CHECK(ptrace(PTRACE_GETEVENTMSG, child, 0, &message) == 0 && message == 3 << 8);
    CHECK(ptrace(PTRACE_CONT, child, 0, 0) == 0);
    status = wait_for((pid_t)child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    for (;;) {
        status = wait_for(pid);
        if (WIFEXITED(status)) break;
        int signal = status >> 16 ? 0 : WSTOPSIG(status);
        CHECK(ptrace(PTRACE_CONT, pid, 0, signal) == 0);
    }
    CHECK(WEXITSTATUS(status) == 3);
}

static volatile int caught;
static void on_signal(int signal) { caught = signal; }
static int takes_signal(void) {
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    raise(SIGUSR1);
    int first = caught;
    raise(SIGUSR1);
    return first == SIGUSR2 && caught == SIGUSR2 ? 0 : 1;
}

static void signals(void) {
    pid_t pid = start(takes_signal);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    int status = wait_for(pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
    CHECK(ptrace(PTRACE_CONT, pid, 0, SIGUSR2) == 0);
    status = wait_for(pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    status = wait_for(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void attach(void) {
    int gate[2];
    CHECK(pipe(gate) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        _exit(read(gate[0], &byte, 1) == 1 ? byte : 1);
    }
    CHECK(ptrace(PTRACE_ATTACH, pid, 0, 0) == 0);
    int status = wait_for(pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(ptrace(PTRACE_DETACH, pid, 0, 0) == 0);
    CHECK_ERRNO(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
    CHECK(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL) == 0);
    CHECK_ERRNO(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
    CHECK(ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
    status = wait_for(pid);
    CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_STOP << 8));
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    CHECK(write(gate[1], "\7", 1) == 1);
    status = wait_for(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static int runs_true(void) {
    execl("/bin/true", "true", NULL);
    return 1;
}

static void execs(void) {
    pid_t pid = start(runs_true);
    CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC) == 0);
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    int status = wait_for(pid);
    CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8));
    CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
    status = wait_for(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
    pid_t child = fork();
    if (child == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    NEED(status == 0);
    errors();
    breakpoint();
    calls();
    events();
    signals();
    attach();
    execs();
    return 0;
}
