// Signals about files: O_ASYNC with F_SETOWN and F_SETSIG, F_NOTIFY, SIGURG.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "check.h"

static volatile int got, got_fd;
static void note(int signal, siginfo_t* info, void* context) {
    (void)context;
    got = signal;
    got_fd = signal == SIGIO || signal == SIGURG ? -1 : info->si_fd;
}

static void expect(int signal) {
    for (int tries = 0; got == 0 && tries < 1000; ++tries) usleep(1000);
    CHECK(got == signal);
    got = 0;
}

static void input(void) {
    int ends[2], pair[2];
    CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0 && fcntl(ends[0], F_GETOWN) == getpid());
    CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0 && (fcntl(ends[0], F_GETFL) & O_ASYNC) != 0);
    CHECK(write(ends[1], "x", 1) == 1);
    expect(SIGIO);
    CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN) == 0 && write(ends[1], "y", 1) == 1);
    expect(SIGRTMIN);
    CHECK(got_fd == ends[0]);
    CHECK(fcntl(ends[0], F_SETFL, 0) == 0 && write(ends[1], "z", 1) == 1);
    usleep(2000);
    CHECK(got == 0);
    struct f_owner_ex owner = {F_OWNER_PID, getpid()}, told;
    CHECK(fcntl(pair[0], F_SETOWN_EX, &owner) == 0 && fcntl(pair[0], F_GETOWN_EX, &told) == 0);
    CHECK(told.type == F_OWNER_PID && told.pid == getpid());
    CHECK(fcntl(pair[0], F_SETFL, O_ASYNC) == 0 && send(pair[1], "x", 1, 0) == 1);
    expect(SIGIO);
}

static void directory(void) {
    CHECK(mkdir("watched", 0700) == 0);
    int fd = open("watched", O_RDONLY), file = open("watched", O_RDONLY | O_DIRECTORY);
    CHECK(fcntl(fd, F_SETSIG, SIGRTMIN) == 0 && fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) == 0);
    CHECK(close(open("watched/a", O_CREAT | O_WRONLY, 0600)) == 0);
    expect(SIGRTMIN);
    CHECK(got_fd == fd && mkdir("watched/b", 0700) == 0);
    expect(SIGRTMIN);
    CHECK(unlink("watched/a") == 0 && got == 0);
    CHECK(fcntl(fd, F_NOTIFY, 0) == 0 && rmdir("watched/b") == 0 && mkdir("watched/b", 0700) == 0 &&
          got == 0);
    CHECK(fcntl(file, F_NOTIFY, DN_DELETE) == 0 && rmdir("watched/b") == 0);
    expect(SIGIO);
    CHECK(mkdir("watched/b", 0700) == 0 && rmdir("watched/b") == 0);  // once only
    usleep(2000);
    CHECK(got == 0 && close(fd) == 0 && close(file) == 0 && rmdir("watched") == 0);
    int plain = open("plain", O_CREAT | O_RDWR, 0600);
    CHECK_ERRNO(fcntl(plain, F_NOTIFY, DN_CREATE), ENOTDIR);
    CHECK(unlink("plain") == 0);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
    CHECK(sigaction(SIGIO, &action, NULL) == 0 && sigaction(SIGRTMIN, &action, NULL) == 0);
    input();
    int probe = open(".", O_RDONLY);
    NEED(fcntl(probe, F_NOTIFY, 0) == 0);  // a kernel may be without it
    directory();
    puts("ok");
    return 0;
}
