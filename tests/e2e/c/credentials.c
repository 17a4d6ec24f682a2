// Users, capabilities, limits of processes, scheduling parameters, as root and as somebody else.
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

enum { kUser = 12345, kOther = 12346 };

static void in_child(void (*body)(void), const char* name) {
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("%s: failed: status %x\n", name, status);
        _exit(1);
    }
    printf("%s ok\n", name);
}

static void become(uid_t uid) {
    CHECK(setgroups(0, NULL) == 0 && setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0);
}

struct header {
    unsigned version;
    int pid;
};
struct data {
    unsigned effective, permitted, inheritable;
};
static struct data capabilities(void) {
    struct header header = {0x20080522, 0};
    struct data data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    return data[0];
}

static void user_numbers(void) {
    uid_t r, e, s;
    CHECK(setresuid(kUser, 0, kOther) == 0);
    CHECK(getresuid(&r, &e, &s) == 0 && r == kUser && e == 0 && s == kOther);
    CHECK(setreuid(-1, kOther) == 0);
    CHECK(getresuid(&r, &e, &s) == 0 && r == kUser && e == kOther && s == kOther);
    CHECK(capabilities().effective == 0);
    CHECK_ERRNO(setuid(0), EPERM);
    CHECK_ERRNO(setresuid(-1, 0, -1), EPERM);
    CHECK(setuid(kUser) == 0 && geteuid() == kUser);
    CHECK(setfsuid(-1) == kUser && setfsuid(0) == kUser && setfsuid(-1) == kUser);
    CHECK_ERRNO(setgroups(0, NULL), EPERM);
    CHECK_ERRNO(setgid(77), EPERM);
    CHECK_ERRNO(kill(getppid(), 0), EPERM);
    CHECK_ERRNO(sethostname("x", 1), EPERM);
    CHECK_ERRNO(chroot("/"), EPERM);
    CHECK(prctl(PR_GET_DUMPABLE) == 0);
}

static void kept_capabilities(void) {
    CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && prctl(PR_GET_KEEPCAPS) == 1);
    unsigned before = capabilities().permitted;
    CHECK(setresuid(kUser, kUser, kUser) == 0);
    CHECK(capabilities().permitted == before && capabilities().effective == 0);
    struct header header = {0x20080522, 0};
    struct data data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    data[0].effective = data[0].permitted & 1u << 7;  // CAP_SETUID
    data[1].effective = 0;
    CHECK(syscall(SYS_capset, &header, data) == 0);
    CHECK(setresuid(kOther, kOther, kOther) == 0);
    data[0].permitted = data[0].effective = data[1].permitted = 0;
    CHECK(syscall(SYS_capset, &header, data) == 0);
    data[0].permitted = 1;
    CHECK_ERRNO(syscall(SYS_capset, &header, data), EPERM);
    header.version = 0;
    CHECK_ERRNO(syscall(SYS_capget, &header, data), EINVAL);
    CHECK(header.version == 0x20080522);
    CHECK_ERRNO(prctl(PR_CAPBSET_DROP, 0), EPERM);
    CHECK_ERRNO(prctl(PR_CAPBSET_READ, 99), EINVAL);
}

static void switches(void) {
    CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 99), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
    CHECK_ERRNO(prctl(12345), EINVAL);
    int got = -1;
    CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0 && prctl(PR_GET_PDEATHSIG, &got) == 0 && got == SIGUSR1);
    become(kUser);
    CHECK(prctl(PR_GET_PDEATHSIG, &got) == 0 && got == 0);
    CHECK_ERRNO(prctl(PR_SET_SECUREBITS, 1), EPERM);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_SET_TIMERSLACK, 12345) == 0 && prctl(PR_GET_TIMERSLACK) == 12345);
    CHECK(prctl(PR_SET_TIMERSLACK, 0) == 0 && prctl(PR_GET_TIMERSLACK) > 0);
}

static void files(void) {
    CHECK(mkdir("private", 0700) == 0 && mkdir("sticky", 01777) == 0 && chmod("sticky", 01777) == 0);
    int fd = open("sticky/roots", O_CREAT | O_WRONLY, 0666);
    CHECK(fd >= 0 && close(fd) == 0 && chmod(".", 0755) == 0);
    become(kUser);
    struct stat status;
    CHECK_ERRNO(stat("private/x", &status), EACCES);
    CHECK_ERRNO(unlink("sticky/roots"), EPERM);
    CHECK_ERRNO(chmod("sticky/roots", 0777), EPERM);
    CHECK_ERRNO(chown("sticky/roots", kUser, -1), EPERM);
    fd = open("sticky/mine", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    CHECK_ERRNO(fchown(fd, kOther, -1), EPERM);
    CHECK(fchown(fd, -1, kUser) == 0 && access("sticky/mine", W_OK) == 0);
    CHECK_ERRNO(access("private", R_OK), EACCES);
    CHECK(unlink("sticky/mine") == 0);
    CHECK_ERRNO(utimensat(AT_FDCWD, "sticky/roots", (struct timespec[2]){{1, 0}, {1, 0}}, 0), EPERM);
}

static void fork_limit(void) {
    struct rlimit limit = {3, 3};
    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    become(kUser);
    int made = 0;
    pid_t child;
    while ((child = fork()) > 0 && made < 10) made++;
    if (child == 0) {
        for (;;) pause();
    }
    CHECK(child == -1 && errno == EAGAIN && made == 2);
    signal(SIGTERM, SIG_IGN);
    kill(0, 0);
    limit.rlim_max = 4;
    CHECK_ERRNO(setrlimit(RLIMIT_NPROC, &limit), EPERM);
    limit.rlim_cur = 9;
    limit.rlim_max = 3;
    CHECK_ERRNO(setrlimit(RLIMIT_NPROC, &limit), EINVAL);
    CHECK(kill(-1, SIGKILL) == 0);
    while (wait(NULL) > 0) continue;
}

static void scheduling(void) {
    struct sched_param param = {0};
    CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER && syscall(SYS_sched_getparam, 0, &param) == 0 && param.sched_priority == 0);
    CHECK_ERRNO(syscall(SYS_sched_getscheduler, -1), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getscheduler, 0x3fffff), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, 77, &param), EINVAL);
    param.sched_priority = 5;
    CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_get_priority_max, 77), EINVAL);
    CHECK(syscall(SYS_sched_get_priority_max, SCHED_FIFO) == 99 && syscall(SYS_sched_get_priority_min, SCHED_RR) == 1);
    become(kUser);
    struct rlimit none = {0, 0};
    CHECK(setrlimit(RLIMIT_RTPRIO, &none) == 0 && setrlimit(RLIMIT_NICE, &none) == 0);
    CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param), EPERM);
    param.sched_priority = 0;
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param) == 0);
    CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
    CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, 1), EACCES);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, 1, 5), EPERM);
    CHECK_ERRNO(setpriority(9, 0, 5), EINVAL);
    CHECK(syscall(SYS_ioprio_get, 1, 0) == 0);
    CHECK(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6) == 0 && syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 6));
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, 5 << 13), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, 1 << 13), EPERM);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (geteuid() != 0) {
        puts("not root");
        return 0;
    }
    in_child(user_numbers, "user numbers");
    in_child(kept_capabilities, "kept capabilities");
    in_child(switches, "switches");
    in_child(files, "files");
    in_child(fork_limit, "fork limit");
    in_child(scheduling, "scheduling");
    return 0;
}
