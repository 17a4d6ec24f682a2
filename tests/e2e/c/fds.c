// File descriptors: dup, fcntl, limits, pipes, non-blocking, poll and select.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static void duplicates(void) {
    for (int leaked = 3; leaked < 64; leaked++) close(leaked);
    int fd = open("/dev/null", O_RDWR);
    CHECK(fd == 3);
    CHECK(dup(fd) == 4 && dup2(fd, 9) == 9 && dup2(fd, fd) == fd && dup3(fd, 7, O_CLOEXEC) == 7);
    CHECK_ERRNO(dup3(fd, fd, 0), EINVAL);
    CHECK_ERRNO(dup2(fd, 1 << 30), EBADF);
    CHECK_ERRNO(dup(100), EBADF);
    CHECK(fcntl(7, F_GETFD) == FD_CLOEXEC && fcntl(9, F_GETFD) == 0);
    CHECK(fcntl(fd, F_DUPFD, 20) == 20 && fcntl(fd, F_DUPFD_CLOEXEC, 20) == 21 && fcntl(21, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(9, F_SETFD, FD_CLOEXEC) == 0 && fcntl(9, F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    int list[] = {3, 4, 7, 9, 20, 21};
    for (int i = 0; i < 6; i++) CHECK(close(list[i]) == 0);
    struct rlimit limit, small;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    small = limit, small.rlim_cur = 16;
    CHECK(setrlimit(RLIMIT_NOFILE, &small) == 0);
    int n = 0;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0) n++;
    CHECK(errno == EMFILE && n == 13);
    for (fd = 3; fd < 16; fd++) CHECK(close(fd) == 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    puts("duplicates ok");
}

static void pipes(void) {
    int ends[2], n;
    CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
    char buffer[4096];
    memset(buffer, 'x', sizeof buffer);
    CHECK_ERRNO(read(ends[0], buffer, 1), EAGAIN);
    long total = 0;
    ssize_t wrote;
    while ((wrote = write(ends[1], buffer, sizeof buffer)) > 0) total += wrote;
    CHECK(errno == EAGAIN && total == 65536);
    CHECK(ioctl(ends[0], FIONREAD, &n) == 0 && n == 65536);
    while ((wrote = read(ends[0], buffer, sizeof buffer)) > 0) total -= wrote;
    CHECK(total == 0);
    CHECK(fcntl(ends[0], F_SETFL, 0) == 0 && fcntl(ends[1], F_SETFL, 0) == 0);
    close(ends[1]);
    CHECK(read(ends[0], buffer, 1) == 0);
    close(ends[0]);
    CHECK(pipe(ends) == 0);
    CHECK_ERRNO(lseek(ends[0], 0, SEEK_SET), ESPIPE);
    CHECK_ERRNO(write(ends[0], "x", 1), EBADF);
    if (fork() == 0) {
        close(ends[0]);
        for (int i = 0; i < 100; i++) {
            memset(buffer, i, sizeof buffer);
            CHECK(write(ends[1], buffer, sizeof buffer) == sizeof buffer);
        }
        _exit(0);
    }
    close(ends[1]);
    long bytes = 0;
    for (ssize_t got; (got = read(ends[0], buffer, 777)) > 0;)
        for (ssize_t i = 0; i < got; i++, bytes++) CHECK(buffer[i] == (char)(bytes / 4096));
    CHECK(bytes == 409600);
    close(ends[0]);
    wait(NULL);
    CHECK(mkfifo("fifo", 0600) == 0);
    if (fork() == 0) {
        int fd = open("fifo", O_WRONLY);
        CHECK(write(fd, "named", 5) == 5);
        _exit(0);
    }
    int fd = open("fifo", O_RDONLY);
    CHECK(read(fd, buffer, 10) == 5 && memcmp(buffer, "named", 5) == 0 && read(fd, buffer, 10) == 0);
    close(fd), wait(NULL), unlink("fifo");
    puts("pipes ok");
}

static long elapsed_ms(const struct timespec* since) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}
static void waiting(void) {
    int a[2], b[2];
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    struct pollfd set[4] = {{a[0], POLLIN, 0}, {a[1], POLLOUT, 0}, {b[0], POLLIN, 0}, {-1, POLLIN, 0}};
    CHECK(poll(set, 4, 0) == 1 && set[1].revents == POLLOUT && !set[0].revents && !set[3].revents);
    set[1].events = 0;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK(poll(set, 4, 30) == 0 && elapsed_ms(&start) >= 29);
    if (fork() == 0) {
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        CHECK(write(b[1], "x", 1) == 1);
        _exit(0);
    }
    CHECK(poll(set, 3, -1) == 1 && set[2].revents == POLLIN);
    wait(NULL);
    char byte;
    CHECK(read(b[0], &byte, 1) == 1);
    close(a[1]);
    CHECK(poll(set, 1, -1) == 1 && (set[0].revents & POLLHUP));
    set[1].fd = 77, set[1].events = POLLIN;
    CHECK(poll(set, 2, 0) == 2 && set[1].revents == POLLNVAL);
    close(b[0]);
    set[0] = (struct pollfd){b[1], POLLOUT, 0};
    CHECK(poll(set, 1, 0) == 1 && (set[0].revents & POLLERR));
    close(a[0]), close(b[1]);

    CHECK(pipe(a) == 0);
    fd_set reads, writes;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(a[0], &reads);
    FD_SET(a[1], &writes);
    CHECK(select(a[1] + 1, &reads, &writes, NULL, &(struct timeval){1, 0}) == 1 && !FD_ISSET(a[0], &reads) && FD_ISSET(a[1], &writes));
    CHECK(write(a[1], "x", 1) == 1);
    FD_SET(a[0], &reads);
    CHECK(select(a[0] + 1, &reads, NULL, NULL, NULL) == 1 && FD_ISSET(a[0], &reads));
    CHECK(read(a[0], &byte, 1) == 1);
    FD_SET(a[0], &reads);
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK(select(a[0] + 1, &reads, NULL, NULL, &(struct timeval){0, 20000}) == 0 && elapsed_ms(&start) >= 19 && !FD_ISSET(a[0], &reads));
    FD_ZERO(&reads);
    // Below 64: Linux looks at no number beyond the size its table happens to have, and would wait for ever.
    FD_SET(50, &reads);
    CHECK_ERRNO(select(51, &reads, NULL, NULL, NULL), EBADF);
    sigset_t none;
    sigemptyset(&none);
    set[0] = (struct pollfd){a[0], POLLIN, 0};
    CHECK(ppoll(set, 1, &(struct timespec){0, 1000000}, &none) == 0);
    close(a[0]), close(a[1]);
    puts("waiting ok");
}

int main(void) {
    duplicates();
    pipes();
    waiting();
    puts("fds ok");
}
