// Process groups, sessions, signals to groups, identities.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "check.h"

int main(void) {
    CHECK(getpid() > 0 && getppid() >= 0 && getpgid(0) == getpgrp() && getsid(0) > 0);
    pid_t leader = fork();
    if (leader == 0) {
        CHECK(setpgid(0, 0) == 0 && getpgrp() == getpid());
        for (int i = 0; i < 5; i++)
            if (fork() == 0)
                for (;;) pause();
        signal(SIGTERM, SIG_IGN);
        CHECK(kill(0, SIGTERM) == 0);
        int status, killed = 0;
        while (wait(&status) > 0) killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
        _exit(killed);
    }
    int status;
    CHECK(waitpid(leader, &status, 0) == leader && WEXITSTATUS(status) == 5);
    int ready[2];
    CHECK(pipe(ready) == 0);
    leader = fork();
    if (leader == 0) {
        CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
        CHECK_ERRNO(setsid(), EPERM);
        for (int i = 0; i < 3; i++)
            if (fork() == 0) {
                CHECK(write(ready[1], "x", 1) == 1);
                for (;;) pause();
            }
        CHECK(write(ready[1], "x", 1) == 1);
        for (;;) pause();
    }
    char byte;
    for (int i = 0; i < 4; i++) CHECK(read(ready[0], &byte, 1) == 1);
    CHECK(getpgid(leader) == leader && getsid(leader) == leader);
    CHECK_ERRNO(setpgid(leader, getpgrp()), EPERM);
    CHECK(kill(-leader, SIGINT) == 0 && waitpid(leader, &status, 0) == leader && WTERMSIG(status) == SIGINT);
    pid_t first = fork();
    if (first == 0)
        for (;;) pause();
    CHECK(setpgid(first, first) == 0);
    pid_t second = fork();
    if (second == 0)
        for (;;) pause();
    CHECK(setpgid(second, first) == 0);
    CHECK(waitpid(-first, &status, WNOHANG) == 0);
    CHECK(kill(-first, SIGKILL) == 0);
    int n = 0;
    while (waitpid(-first, &status, 0) > 0) n += WTERMSIG(status) == SIGKILL;
    CHECK(n == 2 && errno == ECHILD);
    CHECK_ERRNO(kill(-first, 0), ESRCH);
    CHECK_ERRNO(getpgid(first), ESRCH);
    struct utsname name;
    CHECK(uname(&name) == 0 && strcmp(name.sysname, "Linux") == 0 && strcmp(name.machine, "x86_64") == 0);
    CHECK(getuid() == geteuid() && getgid() == getegid());
    CHECK(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_CLK_TCK) == 100 && sysconf(_SC_OPEN_MAX) >= 256);
    CHECK(getpriority(PRIO_PROCESS, 0) >= -20);
    puts("groups ok");
}
