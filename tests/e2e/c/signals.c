// Handlers, alternate stacks, masks, pending, suspend, flags of sigaction, restart, alarm.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static volatile sig_atomic_t hits, depth, deepest;
static char* alternate;
static const size_t kAlternate = 64 * 1024;

static void count(int number) {
    (void)number;
    hits++;
}
static void on_alternate(int number) {
    char here;
    (void)number;
    hits += (uintptr_t)&here >= (uintptr_t)alternate && (uintptr_t)&here < (uintptr_t)alternate + kAlternate;
}
static void nest(int number) {
    if (++depth > deepest) deepest = depth;
    if (depth < 4) raise(number);
    depth--;
}
static void info(int number, siginfo_t* info, void* context) {
    (void)context;
    hits += info->si_signo == number && info->si_pid == getpid() && (info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE);
    if (info->si_code == SI_QUEUE) hits += info->si_value.sival_int;
}
static int install(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    return sigaction(number, &action, NULL);
}

static void masks(void) {
    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    hits = 0;
    install(SIGUSR1, count, 0);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK(hits == 0);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2));
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
    CHECK(hits == 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    CHECK_ERRNO(sigsuspend(&old), EINTR);
    CHECK(hits == 2);
    CHECK(waitpid(child, NULL, 0) == child);
    raise(SIGUSR2);
    int got = 0;
    CHECK(sigwait(&set, &got) == 0 && got == SIGUSR2);
    struct timespec soon = {0, 1000000};
    CHECK_ERRNO(sigtimedwait(&set, NULL, &soon), EAGAIN);
    sigprocmask(SIG_SETMASK, &old, NULL);
    struct sigaction masking = {.sa_handler = count};
    CHECK_ERRNO(sigaction(SIGKILL, &masking, NULL), EINVAL);
    CHECK_ERRNO(kill(getpid(), 999), EINVAL);
    CHECK_ERRNO(kill(999999, 0), ESRCH);
    puts("masks ok");
}

static void realtime(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    struct sigaction action = {.sa_sigaction = info, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN + 1, &action, NULL);
    hits = 0;
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 5; i++) CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 100}) == 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK(hits == 505);
    puts("realtime ok");
}

static void interrupted(int flags) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    install(SIGUSR1, count, flags);
    hits = 0;
    pid_t child = fork();
    if (child == 0) {
        struct timespec pause = {0, 30000000};
        nanosleep(&pause, NULL);
        kill(getppid(), SIGUSR1);
        nanosleep(&pause, NULL);
        CHECK(write(ends[1], "x", 1) == 1);
        _exit(0);
    }
    char byte;
    ssize_t n = read(ends[0], &byte, 1);
    if (flags & SA_RESTART) {
        CHECK(n == 1 && byte == 'x' && hits == 1);
    } else {
        CHECK(n == -1 && errno == EINTR && hits == 1);
        CHECK(read(ends[0], &byte, 1) == 1);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    install(SIGUSR1, count, 0);
    for (int i = 0; i < 1000; i++) raise(SIGUSR1);
    CHECK(hits == 1000);
    hits = 0;
    install(SIGUSR1, count, SA_RESETHAND);
    raise(SIGUSR1);
    struct sigaction now;
    sigaction(SIGUSR1, NULL, &now);
    CHECK(hits == 1 && now.sa_handler == SIG_DFL);
    install(SIGUSR2, nest, SA_NODEFER);
    raise(SIGUSR2);
    CHECK(deepest == 4);
    deepest = 0;
    depth = 3;
    install(SIGUSR2, nest, 0);
    raise(SIGUSR2);
    CHECK(deepest == 4);

    alternate = malloc(kAlternate);
    stack_t stack = {.ss_sp = alternate, .ss_size = kAlternate}, old;
    CHECK(sigaltstack(&stack, &old) == 0 && old.ss_flags == SS_DISABLE);
    hits = 0;
    install(SIGUSR1, on_alternate, SA_ONSTACK);
    for (int i = 0; i < 100; i++) raise(SIGUSR1);
    CHECK(hits == 100);
    install(SIGUSR1, on_alternate, 0);
    raise(SIGUSR1);
    CHECK(hits == 100);
    stack.ss_size = 100;
    CHECK_ERRNO(sigaltstack(&stack, NULL), ENOMEM);
    stack.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&stack, NULL) == 0);
    puts("alternate ok");

    struct sigaction action = {.sa_sigaction = info, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    hits = 0;
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK(hits == 2);
    masks();
    realtime();
    interrupted(0);
    interrupted(SA_RESTART);
    puts("restart ok");

    hits = 0;
    install(SIGALRM, count, 0);
    struct itimerval timer = {.it_interval = {0, 5000}, .it_value = {0, 5000}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    while (hits < 5) pause();
    timer = (struct itimerval){0};
    setitimer(ITIMER_REAL, &timer, NULL);
    hits = 0;
    timer.it_value.tv_usec = 20000;
    setitimer(ITIMER_REAL, &timer, NULL);
    volatile unsigned long spin = 0;
    while (!hits) spin++;
    alarm(100);
    CHECK(alarm(0) > 98);
    puts("timers ok");

    signal(SIGPIPE, SIG_IGN);
    int ends[2];
    CHECK(pipe(ends) == 0);
    close(ends[0]);
    CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
    for (int number = 1; number < 32; number++) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);  // not an orphaned group: stop signals stop
            signal(number, SIG_DFL);
            raise(number);
            _exit(99);
        }
        int status;
        CHECK(waitpid(child, &status, WUNTRACED) == child);
        if (WIFSTOPPED(status)) {
            printf("%d:stop%d ", number, WSTOPSIG(status));
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
        } else if (WIFSIGNALED(status)) {
            printf("%d:die%d ", number, WTERMSIG(status));
        } else {
            printf("%d:live%d ", number, WEXITSTATUS(status));
        }
    }
    puts("");
    puts("signals ok");
}
