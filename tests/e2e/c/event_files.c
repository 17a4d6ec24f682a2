// signalfd, timerfd, inotify, vmsplice, tee.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static void signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(fd >= 0);
    struct signalfd_siginfo info[2];
    CHECK_ERRNO(read(fd, info, sizeof info), EAGAIN);
    CHECK_ERRNO(read(fd, info, 10), EINVAL);
    CHECK_ERRNO(signalfd(0, &set, 0), EINVAL);
    CHECK_ERRNO(signalfd(999, &set, 0), EBADF);
    CHECK_ERRNO(signalfd(-1, &set, 77), EINVAL);
    union sigval value = {.sival_int = 42};
    CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    CHECK(read(fd, info, sizeof info) == sizeof info[0]);
    CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_int == 42 && info[0].ssi_pid == (uint32_t)getpid() && info[0].ssi_code == SI_QUEUE);
    fcntl(fd, F_SETFL, 0);
    pid_t child = fork();
    if (child == 0) _exit(7);
    CHECK(read(fd, info, sizeof info[0]) == sizeof info[0]);
    CHECK(info[0].ssi_signo == SIGCHLD && info[0].ssi_pid == (uint32_t)child && info[0].ssi_status == 7 && info[0].ssi_code == CLD_EXITED);
    waitpid(child, NULL, 0);
    int e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, out;
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, fd, &event) == 0);
    CHECK(epoll_wait(e, &out, 1, 0) == 0);
    raise(SIGUSR1);
    CHECK(epoll_wait(e, &out, 1, 1000) == 1);
    sigdelset(&set, SIGUSR1);
    CHECK(signalfd(fd, &set, 0) == fd);
    CHECK(epoll_wait(e, &out, 1, 0) == 0);
    close(fd);
    close(e);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR1, SIG_DFL);
}

static void timers(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    CHECK(fd >= 0);
    uint64_t count;
    CHECK_ERRNO(read(fd, &count, 8), EAGAIN);
    CHECK_ERRNO(read(fd, &count, 4), EINVAL);
    CHECK_ERRNO(timerfd_create(77, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC, 77), EINVAL);
    struct itimerspec t = {{0, 5000000}, {0, 5000000}}, old;
    CHECK(timerfd_settime(fd, 0, &t, NULL) == 0);
    CHECK(timerfd_gettime(fd, &old) == 0 && old.it_interval.tv_nsec == 5000000 && old.it_value.tv_nsec <= 5000000);
    struct pollfd p = {fd, POLLIN, 0};
    CHECK(poll(&p, 1, 5000) == 1);
    usleep(30000);
    CHECK(read(fd, &count, 8) == 8 && count >= 5);
    memset(&t, 0, sizeof t);
    CHECK(timerfd_settime(fd, 0, &t, &old) == 0);
    CHECK_ERRNO(read(fd, &count, 8), EAGAIN);
    t.it_value.tv_nsec = 1000000000;
    CHECK_ERRNO(timerfd_settime(fd, 0, &t, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(0, 0, &old, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(999, 0, &old, NULL), EBADF);
    fcntl(fd, F_SETFL, 0);
    clock_gettime(CLOCK_MONOTONIC, &t.it_value);
    t.it_value.tv_nsec += 10000000;
    if (t.it_value.tv_nsec >= 1000000000) t.it_value.tv_nsec -= 1000000000, ++t.it_value.tv_sec;
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL) == 0);
    CHECK(read(fd, &count, 8) == 8 && count == 1);
    close(fd);
    fd = timerfd_create(CLOCK_REALTIME, 0);
    t = (struct itimerspec){{0, 0}, {1, 0}};
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL) == 0);
    CHECK(read(fd, &count, 8) == 8 && count == 1);
    close(fd);
}

static int watching;
static void show(const char *what) {
    char bytes[4096] __attribute__((aligned(8)));
    ssize_t got = read(watching, bytes, sizeof bytes);
    printf("%s:", what);
    static uint32_t cookie;
    for (char *at = bytes; got > 0 && at < bytes + got;) {
        struct inotify_event *event = (struct inotify_event *)at;
        printf(" %d:%x:%s:%s", event->wd, event->mask, event->len ? event->name : "-", event->cookie ? "cookie" : "");
        if (event->mask & IN_MOVED_FROM) cookie = event->cookie;
        if (event->mask & IN_MOVED_TO) CHECK(event->cookie == cookie);
        at += sizeof *event + event->len;
    }
    if (got < 0) printf(" errno %d", errno);
    printf("\n");
}

static void put(const char *name, const char *text) {
    int fd = open(name, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void notifications(void) {
    watching = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    CHECK(watching >= 0);
    CHECK_ERRNO(inotify_init1(77), EINVAL);
    CHECK(mkdir("watched", 0700) == 0);
    CHECK_ERRNO(inotify_add_watch(watching, "nowhere", IN_ALL_EVENTS), ENOENT);
    CHECK_ERRNO(inotify_add_watch(watching, "watched", 0), EINVAL);
    CHECK_ERRNO(inotify_add_watch(0, "watched", IN_CREATE), EINVAL);
    CHECK_ERRNO(inotify_add_watch(999, "watched", IN_CREATE), EBADF);
    int w = inotify_add_watch(watching, "watched", IN_ALL_EVENTS);
    CHECK(w == 1);
    show("nothing");
    put("watched/file", "text");
    show("create and write");
    int fd = open("watched/file", O_RDONLY);
    char byte;
    CHECK(read(fd, &byte, 1) == 1);
    close(fd);
    show("read");
    CHECK(chmod("watched/file", 0644) == 0);
    show("chmod");
    CHECK(rename("watched/file", "watched/other") == 0);
    show("rename");
    CHECK(mkdir("watched/sub", 0700) == 0);
    show("mkdir");
    CHECK(symlink("x", "watched/link") == 0 && unlink("watched/link") == 0);
    show("link");
    int f = inotify_add_watch(watching, "watched/other", IN_MODIFY | IN_DELETE_SELF | IN_ATTRIB);
    CHECK(f == 2);
    CHECK(inotify_add_watch(watching, "watched/other", IN_MODIFY | IN_DELETE_SELF) == 2);
    put("watched/other", "more");
    show("both watches");
    CHECK(truncate("watched/other", 1) == 0);
    show("truncate");
    CHECK(unlink("watched/other") == 0);
    show("unlink");
    CHECK_ERRNO(inotify_rm_watch(watching, 2), EINVAL);
    CHECK(rmdir("watched/sub") == 0);
    show("rmdir");
    CHECK(inotify_rm_watch(watching, 1) == 0);
    show("removed");
    w = inotify_add_watch(watching, "watched", IN_DELETE_SELF | IN_ONLYDIR);
    CHECK(w == 3);
    CHECK(rmdir("watched") == 0);
    show("directory gone");
    put("plain", "x");
    CHECK_ERRNO(inotify_add_watch(watching, "plain", IN_MODIFY | IN_ONLYDIR), ENOTDIR);
    CHECK(inotify_add_watch(watching, "plain", IN_MODIFY | IN_ONESHOT) == 4);
    put("plain", "y");
    put("plain", "z");
    show("one shot");
    unlink("plain");
    close(watching);
}

static void pages(void) {
    int a[2], b[2];
    char text[16];
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    struct iovec v[2] = {{"ab", 2}, {"cde", 3}};
    CHECK(vmsplice(a[1], v, 2, 0) == 5);
    CHECK(tee(a[0], b[1], 4, 0) == 4);
    CHECK(read(b[0], text, 16) == 4 && memcmp(text, "abcd", 4) == 0);
    struct iovec in = {text, 16};
    CHECK(vmsplice(a[0], &in, 1, 0) == 5);
    CHECK_ERRNO(tee(a[0], b[1], 4, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(tee(a[0], a[1], 4, 0), EINVAL);
    CHECK_ERRNO(vmsplice(0, v, 2, 0), EBADF);
    close(a[1]);
    CHECK(tee(a[0], b[1], 4, 0) == 0);
    close(a[0]);
    close(b[0]);
    close(b[1]);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    signals();
    timers();
    notifications();
    pages();
    return 0;
}
