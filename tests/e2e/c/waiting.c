// Stop and continue, waitid, queued signals, POSIX timers, signals to spinning processes, children that nobody waits for.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static volatile sig_atomic_t seen;
static void note(int signal) { seen = signal; }

int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(waitpid(child, &status, WNOHANG | WUNTRACED) == 0);
    CHECK(kill(child, SIGCONT) == 0 && waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    CHECK(kill(child, SIGSTOP) == 0 && kill(child, SIGTERM) == 0 && kill(child, SIGCONT) == 0);
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGTERM);
    puts("stopping ok");

    child = fork();
    if (child == 0)
        for (;;) {}
    usleep(5000);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
    signal(SIGALRM, note);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 20000}}, NULL);
    while (!seen) {}
    CHECK(seen == SIGALRM);
    puts("spinning ok");

    siginfo_t info;
    child = fork();
    if (child == 0) _exit(3);
    CHECK(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_EXITED && info.si_status == 3);
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child && info.si_signo == SIGCHLD);
    CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
    CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
    CHECK_ERRNO(waitpid(-1, NULL, 0x100), EINVAL);
    puts("waitid ok");

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 3; i++) {
        CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i}) == 0);
        CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 10 + i}) == 0);
    }
    for (int i = 0; i < 6; i++) {
        CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + i / 3 && info.si_code == SI_QUEUE && info.si_pid == getpid());
        CHECK(info.si_value.sival_int == (i < 3 ? 10 + i : i - 3));
    }
    CHECK_ERRNO(sigtimedwait(&set, &info, &(struct timespec){0, 1000000}), EAGAIN);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_settime(timer, 0, &(struct itimerspec){{0, 5000000}, {0, 5000000}}, NULL) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_code == SI_TIMER && info.si_value.sival_int == 77);
    CHECK(timer_delete(timer) == 0);
    int gone = timer_delete(timer);  // musl hands on the bare number
    CHECK(gone == -EINVAL || (gone == -1 && errno == EINVAL));
    puts("queued ok");

    signal(SIGCHLD, SIG_IGN);
    child = fork();
    if (child == 0) _exit(0);
    CHECK_ERRNO(waitpid(child, NULL, 0), ECHILD);
    puts("waiting ok");
    return 0;
}
