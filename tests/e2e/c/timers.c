// Timers on all clocks: timerfd, setitimer, timer_create, sleeping on CPU clocks.
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static volatile sig_atomic_t hits, last_value, last_overrun;

static void count(int number) {
    (void)number;
    hits++;
}
static void record(int number, siginfo_t* info, void* context) {
    (void)number, (void)context;
    hits++;
    last_value = info->si_value.sival_int;
    last_overrun = info->si_overrun;
}
static long long now_ns(clockid_t clock) {
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
static void pause_ms(int ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&time, &time) == -1) continue;
}
static volatile unsigned long sink;
static void burn_until(volatile sig_atomic_t* flag, int wanted) {
    while (*flag < wanted) sink++;
}

static void descriptors(void) {
    CHECK_ERRNO(timerfd_create(12345, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    CHECK(fd >= 0);
    uint64_t ticks = 0;
    CHECK_ERRNO(read(fd, &ticks, sizeof ticks), EAGAIN);
    CHECK_ERRNO(read(fd, &ticks, 4), EINVAL);
    struct itimerspec spec = {{0, 5000000}, {0, 10000000}}, old;
    CHECK(timerfd_settime(fd, 0, &spec, NULL) == 0);
    struct pollfd polled = {fd, POLLIN, 0};
    CHECK(poll(&polled, 1, 2000) == 1 && polled.revents == POLLIN);
    CHECK(read(fd, &ticks, sizeof ticks) == sizeof ticks && ticks >= 1);
    pause_ms(40);
    CHECK(read(fd, &ticks, sizeof ticks) == sizeof ticks && ticks >= 5);
    CHECK(timerfd_gettime(fd, &old) == 0 && old.it_interval.tv_nsec == 5000000);
    CHECK(old.it_value.tv_nsec <= 5000000);
    struct itimerspec off = {{0, 0}, {0, 0}};
    CHECK(timerfd_settime(fd, 0, &off, &old) == 0 && old.it_interval.tv_nsec == 5000000);
    CHECK(timerfd_gettime(fd, &old) == 0 && old.it_value.tv_nsec == 0 && old.it_value.tv_sec == 0);
    struct itimerspec bad = {{0, 0}, {0, 1000000000}};
    CHECK_ERRNO(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(fd, 64, &spec, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(0x7fffffff, 0, &spec, NULL), EBADF);
    int pipes[2];
    CHECK(pipe(pipes) == 0);
    CHECK_ERRNO(timerfd_settime(pipes[0], 0, &spec, NULL), EINVAL);
    CHECK_ERRNO(timerfd_gettime(pipes[0], &old), EINVAL);
    close(fd);
    fd = timerfd_create(CLOCK_REALTIME, 0);
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    struct itimerspec point = {{0, 0}, wall};
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &point, NULL) == 0);
    CHECK(read(fd, &ticks, sizeof ticks) == sizeof ticks && ticks == 1);
    puts("descriptors ok");
}

static void usage_timers(void) {
    signal(SIGVTALRM, count);
    signal(SIGPROF, count);
    const int which[2] = {ITIMER_VIRTUAL, ITIMER_PROF};
    for (int i = 0; i < 2; i++) {
        struct itimerval wanted = {{0, 20000}, {0, 20000}}, got;
        hits = 0;
        CHECK(setitimer(which[i], &wanted, NULL) == 0);
        CHECK(getitimer(which[i], &got) == 0 && got.it_interval.tv_usec == 20000);
        // Sleeping does not count.
        pause_ms(60);
        CHECK(hits <= 1);
        burn_until(&hits, 3);
        struct itimerval off = {{0, 0}, {0, 0}};
        CHECK(setitimer(which[i], &off, &got) == 0 && got.it_interval.tv_usec == 20000);
    }
    CHECK_ERRNO(getitimer(3, NULL), EINVAL);
    struct itimerval bad = {{0, 0}, {0, 1000000}};
    CHECK_ERRNO(setitimer(ITIMER_PROF, &bad, NULL), EINVAL);
    puts("usage timers ok");
}

static volatile pid_t worker;
static volatile sig_atomic_t worker_hits, other_hits;
static void count_thread(int number) {
    (void)number;
    if (gettid() == worker)
        worker_hits++;
    else
        other_hits++;
}
static void *work(void *unused) {
    worker = gettid();
    burn_until(&worker_hits, 3);
    return unused;
}

// The thread that works takes the signal, however many processes compete for the processors.
static void usage_timer_of_worker(void) {
    signal(SIGPROF, count_thread);
    pid_t rivals[4];
    for (int i = 0; i < 4; i++) {
        if ((rivals[i] = fork()) == 0)
            for (;;) sink++;
    }
    struct itimerval wanted = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_PROF, &wanted, NULL) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(setitimer(ITIMER_PROF, &off, NULL) == 0);
    CHECK(worker_hits >= 3 && other_hits <= 2);
    for (int i = 0; i < 4; i++) {
        CHECK(kill(rivals[i], SIGKILL) == 0);
        CHECK(waitpid(rivals[i], NULL, 0) == rivals[i]);
    }
    puts("worker ok");
}

static void posix_timers(void) {
    struct sigaction action = {.sa_sigaction = record, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    // One signal waits; the rest are its overruns.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    hits = 0;
    struct itimerspec spec = {{0, 5000000}, {0, 5000000}}, off = {{0, 0}, {0, 0}}, got;
    CHECK(timer_settime(timer, 0, &spec, NULL) == 0);
    pause_ms(60);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK(hits >= 1 && last_value == 77 && (hits > 1 || last_overrun >= 5));
    CHECK(timer_settime(timer, 0, &off, &got) == 0 && got.it_interval.tv_nsec == 5000000);
    CHECK(timer_gettime(timer, &got) == 0 && got.it_value.tv_sec == 0 && got.it_value.tv_nsec == 0);
    struct itimerspec bad = {{0, 0}, {0, -1}};
    CHECK_ERRNO(timer_settime(timer, 0, &bad, NULL), EINVAL);
    CHECK(timer_delete(timer) == 0);
    CHECK_ERRNO(syscall(SYS_timer_delete, 12345), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, 12345, &got), EINVAL);
    event.sigev_signo = 99;
    CHECK_ERRNO(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
    event.sigev_signo = SIGRTMIN;
    CHECK_ERRNO(timer_create(54321, &event, &timer), EINVAL);
    const clockid_t clocks[2] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    for (int i = 0; i < 2; i++) {
        CHECK(timer_create(clocks[i], &event, &timer) == 0);
        hits = 0;
        struct itimerspec work = {{0, 0}, {0, 20000000}};
        long long before = now_ns(clocks[i]);
        CHECK(timer_settime(timer, 0, &work, NULL) == 0);
        burn_until(&hits, 1);
        CHECK(now_ns(clocks[i]) - before >= 20000000);
        CHECK(timer_delete(timer) == 0);
    }
    puts("posix timers ok");
}

static void* burn(void* stop) {
    while (!*(volatile int*)stop) sink++;
    return NULL;
}
static void cpu_clocks(void) {
    volatile int stop = 0;
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, burn, (void*)&stop) == 0);
    clockid_t clock;
    CHECK(pthread_getcpuclockid(worker, &clock) == 0);
    struct timespec time = {0, 30000000};
    long long before = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    CHECK(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, NULL) == 0);
    CHECK(now_ns(CLOCK_PROCESS_CPUTIME_ID) - before >= 30000000);
    long long of_worker = now_ns(clock);
    CHECK(of_worker > 0);
    CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL) == EINVAL);
    stop = 1;
    pthread_join(worker, NULL);
    CHECK(clock_getcpuclockid(0, &clock) == 0 && now_ns(clock) > 0);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CHECK(clock_getcpuclockid(child, &clock) == 0);
    CHECK(now_ns(clock) >= 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_ERRNO(clock_gettime(clock, &time), EINVAL);
    CHECK_ERRNO(clock_gettime(99, &time), EINVAL);
    puts("cpu clocks ok");
}

static void accounting(void) {
    struct rusage before, after, thread;
    CHECK(getrusage(RUSAGE_SELF, &before) == 0);
    // A good deal of time in the kernel, and some outside.
    do {
        for (int i = 0; i < 1000; i++) syscall(SYS_getppid);
        getrusage(RUSAGE_SELF, &after);
    } while (after.ru_stime.tv_sec * 1000000L + after.ru_stime.tv_usec -
                 (before.ru_stime.tv_sec * 1000000L + before.ru_stime.tv_usec) <
             20000);
    CHECK(getrusage(RUSAGE_THREAD, &thread) == 0);
    CHECK(thread.ru_utime.tv_sec <= after.ru_utime.tv_sec + 1);
    CHECK(after.ru_maxrss > 0 && after.ru_minflt >= 0);
    long switches = after.ru_nvcsw;
    for (int i = 0; i < 3; i++) pause_ms(2);
    getrusage(RUSAGE_SELF, &after);
    CHECK(after.ru_nvcsw >= switches + 3);
    pid_t child = fork();
    if (child == 0) {
        long long start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
        while (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start < 50000000) sink++;
        _exit(0);
    }
    int status;
    struct rusage of_child, children;
    CHECK(wait4(child, &status, 0, &of_child) == child);
    CHECK(getrusage(RUSAGE_CHILDREN, &children) == 0);
    long used = of_child.ru_utime.tv_usec + of_child.ru_stime.tv_usec + 1000000 * (of_child.ru_utime.tv_sec + of_child.ru_stime.tv_sec);
    CHECK(used >= 45000);
    CHECK(children.ru_utime.tv_sec > of_child.ru_utime.tv_sec || children.ru_utime.tv_usec >= of_child.ru_utime.tv_usec);
    struct tms times_now;
    CHECK(times(&times_now) != (clock_t)-1 && times_now.tms_cutime + times_now.tms_cstime >= 3);
    CHECK_ERRNO(getrusage(5, &after), EINVAL);
    puts("accounting ok");
}

static void cpu_limit(void) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1, 2};
        signal(SIGXCPU, count);
        hits = 0;
        CHECK(setrlimit(RLIMIT_CPU, &limit) == 0);
        burn_until(&hits, 1);
        burn_until(&hits, 100);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    puts("cpu limit ok");
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    descriptors();
    usage_timers();
    usage_timer_of_worker();
    posix_timers();
    cpu_clocks();
    accounting();
    cpu_limit();
    return 0;
}
