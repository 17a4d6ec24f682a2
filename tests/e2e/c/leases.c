// File leases: who may have one, and how they are broken.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static char path[64];

static int wait_for(int signal, siginfo_t *info) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    struct timespec limit = {20, 0};
    return sigtimedwait(&set, info, &limit);
}

static void check_rules(void) {
    int writer = open(path, O_RDWR), reader = open(path, O_RDONLY);
    CHECK(writer >= 0 && reader >= 0);
    CHECK_ERRNO(fcntl(reader, F_SETLEASE, F_RDLCK), EAGAIN);
    CHECK_ERRNO(fcntl(writer, F_SETLEASE, F_WRLCK), EAGAIN);
    CHECK_ERRNO(fcntl(reader, F_SETLEASE, F_UNLCK), EAGAIN);
    CHECK_ERRNO(fcntl(reader, F_SETLEASE, 17), EINVAL);
    CHECK(fcntl(reader, F_GETLEASE) == F_UNLCK);
    close(reader);
    CHECK(fcntl(writer, F_SETLEASE, F_WRLCK) == 0 && fcntl(writer, F_GETLEASE) == F_WRLCK);
    CHECK(fcntl(writer, F_SETLEASE, F_UNLCK) == 0 && fcntl(writer, F_GETLEASE) == F_UNLCK);
    close(writer);
    reader = open(path, O_RDONLY);
    int other = open(path, O_RDONLY);
    CHECK(fcntl(reader, F_SETLEASE, F_RDLCK) == 0 && fcntl(other, F_SETLEASE, F_RDLCK) == 0);
    CHECK(fcntl(reader, F_GETLEASE) == F_RDLCK);
    close(other);
    // Reading is not against it; a copy of the descriptor keeps it.
    other = open(path, O_RDONLY);
    CHECK(other >= 0);
    close(other);
    int copy = dup(reader);
    close(reader);
    CHECK(fcntl(copy, F_GETLEASE) == F_RDLCK);
    close(copy);
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    CHECK_ERRNO(fcntl(pipes[0], F_SETLEASE, F_RDLCK), EINVAL);
    close(pipes[0]);
    close(pipes[1]);
}

static pid_t open_in_child(int fd, int flags) {
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        _exit(open(path, flags) < 0 ? errno : 0);
    }
    return child;
}

static int status_of(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_breaks(void) {
    int fd = open(path, O_RDWR);
    siginfo_t info;
    CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
    CHECK(status_of(open_in_child(fd, O_RDONLY | O_NONBLOCK)) == EWOULDBLOCK);
    CHECK(wait_for(SIGIO, &info) == SIGIO);
    CHECK(fcntl(fd, F_GETLEASE) == F_RDLCK);
    CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
    // The opener waits until the lease is given up.
    CHECK(fcntl(fd, F_SETSIG, SIGRTMIN) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
    pid_t child = open_in_child(fd, O_WRONLY);
    CHECK(wait_for(SIGRTMIN, &info) == SIGRTMIN && info.si_fd == fd);
    CHECK(fcntl(fd, F_GETLEASE) == F_UNLCK);
    CHECK(waitpid(child, 0, WNOHANG) == 0);
    CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
    CHECK(status_of(child) == 0);
    close(fd);
    // Closing gives it up, too.
    fd = open(path, O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
    child = open_in_child(fd, O_WRONLY | O_TRUNC);
    CHECK(wait_for(SIGIO, &info) == SIGIO);
    close(fd);
    CHECK(status_of(child) == 0);
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
    snprintf(path, sizeof path, "/tmp/leases.%d", getpid());
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    NEED(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
    close(fd);
    check_rules();
    check_breaks();
    unlink(path);
    puts("leases ok");
    return 0;
}
