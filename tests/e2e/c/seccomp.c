// seccomp(2): strict mode, and filters with their actions.
#define _GNU_SOURCE
// musl comes without the kernel's headers.
#if __has_include(<linux/filter.h>)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ON_CALL(call, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)

static long install(struct sock_filter* program, size_t length, unsigned flags) {
    struct sock_fprog wire = {(unsigned short)length, program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &wire);
}

static int in_child(int (*body)(void)) {
    int status;
    pid_t pid = fork();
    if (pid == 0) _exit(body());
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static int strict(void) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return 1;
    syscall(SYS_getpid);
    return 2;
}
static int strict_exits(void) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 1);
    syscall(SYS_exit, 5);
    return 2;
}

static volatile int trapped, trapped_call, trapped_data;
static void on_trap(int signal, siginfo_t* info, void* context) {
    (void)context;
    trapped = signal;
    trapped_call = info->si_syscall;
    trapped_data = info->si_errno;
}

static int filtered(void) {
    struct sock_filter program[] = {LOAD(nr),
                                    ON_CALL(SYS_getppid, SECCOMP_RET_ERRNO | 77),
                                    ON_CALL(SYS_getuid, SECCOMP_RET_TRAP | 5),
                                    ON_CALL(SYS_getgid, SECCOMP_RET_KILL_PROCESS),
                                    ON_CALL(SYS_getegid, SECCOMP_RET_TRACE),
                                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(install(program, sizeof program / sizeof *program, 0) == 0);
    CHECK(prctl(PR_GET_SECCOMP) == 2);
    CHECK_ERRNO(syscall(SYS_getppid), 77);
    CHECK_ERRNO(syscall(SYS_getegid), ENOSYS);
    syscall(SYS_getuid);
    CHECK(trapped == SIGSYS && trapped_call == SYS_getuid && trapped_data == 5);
    CHECK(syscall(SYS_getpid) == getpid());
    // A second one that is stricter about an argument; children have both.
    struct sock_filter more[] = {LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup, 0, 3), LOAD(args[0]),
                                 BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 100, 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    CHECK(install(more, sizeof more / sizeof *more, 0) == 0);
    CHECK_ERRNO(syscall(SYS_dup, 1000), EPERM);
    CHECK_ERRNO(syscall(SYS_dup, 99), EBADF);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_ERRNO(syscall(SYS_getppid), 77);
        _exit(6);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 6);
    syscall(SYS_getgid);
    return 2;
}

static void errors(void) {
    struct sock_filter endless[] = {BPF_STMT(BPF_LD | BPF_IMM, 0)};
    struct sock_filter wild[] = {BPF_JUMP(BPF_JMP | BPF_JA, 7, 0, 0), BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_filter unaligned[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_filter beyond[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_filter zero[] = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0)};
    unsigned action = SECCOMP_RET_ERRNO, none = 0x12340000;
    CHECK(prctl(PR_GET_SECCOMP) == 0);
    CHECK_ERRNO(install(endless, 1, 0), EINVAL);
    CHECK_ERRNO(install(wild, 2, 0), EINVAL);
    CHECK_ERRNO(install(unaligned, 2, 0), EINVAL);
    CHECK_ERRNO(install(beyond, 2, 0), EINVAL);
    CHECK_ERRNO(install(zero, 2, 0), EINVAL);
    CHECK_ERRNO(install(zero, 0, 0), EINVAL);
    CHECK_ERRNO(install(zero, 2, 1u << 20), EINVAL);
    CHECK_ERRNO(install(NULL, 2, 0), EINVAL);
    CHECK_ERRNO(install((void*)8, 2, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_seccomp, 77, 0, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL), EINVAL);
    CHECK(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0);
    CHECK_ERRNO(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &none), EOPNOTSUPP);
    CHECK_ERRNO(prctl(PR_SET_SECCOMP, 9), EINVAL);
}

int main(void) {
    errors();
    int status = in_child(strict);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = in_child(strict_exits);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    status = in_child(filtered);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    return 0;
}
#else
int main(void) { return 0; }
#endif
