// Processes as descriptors, signals as bytes, other processes' memory and files.
#define _GNU_SOURCE
#include <fcntl.h>
enum { KCMP_FILE = 0, KCMP_VM = 1, KCMP_FILES = 2 };
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
enum { kSendSignal = 424, kOpen = 434, kGetFd = 438 };

static pid_t sleeper(void) {
    pid_t child = fork();
    if (child == 0) {
        for (;;) pause();
    }
    return child;
}

static void process_descriptors(void) {
    CHECK_ERRNO(syscall(kOpen, -1, 0), EINVAL);
    CHECK_ERRNO(syscall(kOpen, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(kOpen, getpid(), 1), EINVAL);
    CHECK_ERRNO(syscall(kOpen, 0x3fffff, 0), ESRCH);
    pid_t child = sleeper();
    int fd = (int)syscall(kOpen, child, 0);
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
    struct pollfd polled = {fd, POLLIN, 0};
    CHECK(poll(&polled, 1, 0) == 0);
    CHECK(syscall(kSendSignal, fd, 0, NULL, 0) == 0);
    CHECK_ERRNO(syscall(kSendSignal, fd, SIGTERM, NULL, 64), EINVAL);
    CHECK_ERRNO(syscall(kSendSignal, fd, 999, NULL, 0), EINVAL);
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER};
    CHECK_ERRNO(syscall(kSendSignal, fd, SIGUSR2, &info, 0), EINVAL);
    CHECK_ERRNO(syscall(kSendSignal, fd, SIGUSR1, &info, 0), EPERM);
    CHECK(syscall(kSendSignal, fd, SIGTERM, NULL, 0) == 0);
    CHECK(poll(&polled, 1, 5000) == 1 && (polled.revents & POLLIN));
    memset(&info, 0, sizeof info);
    CHECK(waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child);
    CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK(waitid(P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
    CHECK_ERRNO(syscall(kSendSignal, fd, SIGTERM, NULL, 0), ESRCH);
    CHECK_ERRNO(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), ECHILD);
    CHECK_ERRNO(syscall(kSendSignal, 0x7fffffff, SIGTERM, NULL, 0), EBADF);
    close(fd);
    puts("process descriptors ok");
}

static void clone_with_descriptor(void) {
    int fd = -1;
    long child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &fd, NULL, 0);
    if (child == 0) _exit(7);
    CHECK(child > 0 && fd >= 0);
    siginfo_t info;
    CHECK(waitid(P_PIDFD, (id_t)fd, &info, WEXITED) == 0 && info.si_status == 7 && info.si_pid == child);
    close(fd);
    CHECK_ERRNO(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, NULL, &fd, NULL, 0), EINVAL);
    puts("clone with descriptor ok");
}

static void other_processes(void) {
    static char secret[8192];
    strcpy(secret, "before");
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    pid_t child = sleeper();
    char here[16] = "";
    struct iovec local = {here, 7}, remote = {secret, 7};
    strcpy(secret, "parent");
    CHECK(process_vm_readv(child, &local, 1, &remote, 1, 0) == 7 && strcmp(here, "before") == 0);
    strcpy(here, "after!");
    CHECK(process_vm_writev(child, &local, 1, &remote, 1, 0) == 7);
    strcpy(here, "");
    CHECK(process_vm_readv(child, &local, 1, &remote, 1, 0) == 7 && strcmp(here, "after!") == 0);
    CHECK_ERRNO(process_vm_readv(child, &local, 1, &remote, 1, 1), EINVAL);
    CHECK_ERRNO(process_vm_readv(0x3fffff, &local, 1, &remote, 1, 0), ESRCH);
    struct iovec nowhere = {(void*)16, 4};
    CHECK_ERRNO(process_vm_readv(child, &local, 1, &nowhere, 1, 0), EFAULT);
    int pidfd = (int)syscall(kOpen, child, 0);
    int copy = (int)syscall(kGetFd, pidfd, pipes[1], 0);
    CHECK(copy >= 0 && write(copy, "x", 1) == 1 && read(pipes[0], here, 1) == 1 && here[0] == 'x');
    CHECK_ERRNO(syscall(kGetFd, pidfd, 900, 0), EBADF);
    CHECK_ERRNO(syscall(kGetFd, pidfd, 0, 1), EINVAL);
    CHECK(syscall(SYS_kcmp, getpid(), child, KCMP_FILE, pipes[0], pipes[0]) == 0);
    CHECK(syscall(SYS_kcmp, getpid(), child, KCMP_FILE, pipes[0], pipes[1]) > 0);
    CHECK(syscall(SYS_kcmp, getpid(), child, KCMP_VM, 0, 0) > 0);
    CHECK(syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILES, 0, 0) == 0);
    // Neither has anything to undo, nor a priority of input and output.
    CHECK(syscall(SYS_kcmp, getpid(), child, 6 /* KCMP_SYSVSEM */, 0, 0) == 0);
    CHECK(syscall(SYS_kcmp, getpid(), child, 5 /* KCMP_IO */, 0, 0) == 0);
    CHECK_ERRNO(syscall(SYS_kcmp, getpid(), child, 99, 0, 0), EINVAL);
    kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    puts("other processes ok");
}

static void signals_as_bytes(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK_ERRNO(signalfd(-1, &set, 64), EINVAL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(fd >= 0);
    struct signalfd_siginfo got[4];
    CHECK_ERRNO(read(fd, got, sizeof got), EAGAIN);
    CHECK_ERRNO(read(fd, got, 16), EINVAL);
    int epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.u32 = 5}};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 0);
    union sigval value = {.sival_int = 42};
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, value) == 0);
    value.sival_int = 43;
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, value) == 0);
    raise(SIGUSR1);
    CHECK(epoll_wait(epoll, &event, 1, 1000) == 1 && event.data.u32 == 5);
    CHECK(read(fd, got, sizeof got) == 3 * sizeof got[0]);
    CHECK(got[0].ssi_signo == SIGUSR1 && got[0].ssi_pid == (uint32_t)getpid() && got[0].ssi_code == SI_TKILL);
    CHECK(got[1].ssi_signo == (uint32_t)SIGRTMIN + 1 && got[1].ssi_int == 42 && got[1].ssi_code == SI_QUEUE);
    CHECK(got[2].ssi_int == 43);
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    CHECK(read(fd, got, sizeof got) == sizeof got[0] && got[0].ssi_pid == (uint32_t)child);
    CHECK(waitpid(child, NULL, 0) == child);
    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    sigaddset(&other, SIGKILL);
    CHECK(signalfd(fd, &other, 0) == fd);
    raise(SIGUSR1);
    struct pollfd polled = {fd, POLLIN, 0};
    CHECK(poll(&polled, 1, 0) == 0);
    CHECK_ERRNO(signalfd(0x7fffffff, &set, 0), EBADF);
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    CHECK_ERRNO(signalfd(pipes[0], &set, 0), EINVAL);
    struct timespec none = {0, 0};
    CHECK(sigtimedwait(&set, NULL, &none) == SIGUSR1);
    puts("signals as bytes ok");
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    process_descriptors();
    clone_with_descriptor();
    other_processes();
    signals_as_bytes();
    return 0;
}
