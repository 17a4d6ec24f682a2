// Clocks, sleeping, interrupted sleep, calendar.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static long long now(clockid_t clock) {
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
static void nothing(int number) { (void)number; }

int main(void) {
    long long last = 0;
    for (int i = 0; i < 100000; i++) {
        long long t = now(CLOCK_MONOTONIC);
        CHECK(t >= last);
        last = t;
    }
    struct timeval tv;
    gettimeofday(&tv, NULL);
    long long wall = now(CLOCK_REALTIME), seconds = time(NULL);
    CHECK(llabs(wall / 1000000000 - tv.tv_sec) <= 1 && llabs(seconds - tv.tv_sec) <= 1 && seconds > 1600000000);
    struct timespec resolution;
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0);
    CHECK_ERRNO(clock_gettime(9999, &resolution), EINVAL);
    long long before = now(CLOCK_MONOTONIC);
    CHECK(nanosleep(&(struct timespec){0, 25000000}, NULL) == 0);
    long long slept = now(CLOCK_MONOTONIC) - before;
    CHECK(slept >= 25000000 && slept < 2000000000);
    CHECK_ERRNO(nanosleep(&(struct timespec){0, 1000000000}, NULL), EINVAL);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
    CHECK(now(CLOCK_MONOTONIC) >= until.tv_sec * 1000000000ll + until.tv_nsec);
    signal(SIGALRM, nothing);
    struct itimerval timer = {.it_value = {0, 20000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    struct timespec left;
    CHECK(nanosleep(&(struct timespec){5, 0}, &left) == -1 && errno == EINTR && left.tv_sec == 4 && left.tv_nsec > 0);
    pid_t child = fork();
    if (child == 0) {
        volatile unsigned long x = 0;
        for (unsigned long i = 0; i < 60000000; i++) x += i;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    struct rusage usage;
    struct tms tms;
    CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0 && usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec >= 10000);
    CHECK(times(&tms) != (clock_t)-1 && tms.tms_cutime >= 1);
    before = now(CLOCK_PROCESS_CPUTIME_ID);
    volatile unsigned long x = 0;
    for (unsigned long i = 0; i < 60000000; i++) x += i;
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) > before + 5000000 && clock() > 0);
    struct tm tm;
    time_t fixed = 1700000000;
    CHECK(gmtime_r(&fixed, &tm));
    char text[64];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %j", &tm);
    puts(text);
    CHECK(timegm(&tm) == fixed);
    puts("times ok");
}
