// A mutex with priority inheritance lends its owner the priority of who waits for it, along a chain of locks;
// nice values say how much of a processor a thread has.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"

static pthread_mutex_t first, second;
static volatile int low_has, middle_waits, high_has, spinning;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void doze(void) { nanosleep(&(struct timespec){0, 20000000}, NULL); }

static void stay_here(void) {
    cpu_set_t all, one;
    CPU_ZERO(&one);
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
            break;
        }
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
}

static void begin(pthread_t* thread, int priority, void* (*body)(void*)) {
    pthread_attr_t how;
    pthread_attr_init(&how);
    pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&how, SCHED_FIFO);
    pthread_attr_setschedparam(&how, &(struct sched_param){.sched_priority = priority});
    CHECK(pthread_create(thread, &how, body, NULL) == 0);
    pthread_attr_destroy(&how);
}

// Has the first lock until somebody of a higher priority keeps the processor from it.
static void* low(void* unused) {
    pthread_mutex_lock(&first);
    low_has = 1;
    while (!spinning) doze();
    pthread_mutex_unlock(&first);
    return unused;
}

static void* middle(void* unused) {
    pthread_mutex_lock(&second);
    middle_waits = 1;
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
    return unused;
}

static void* high(void* unused) {
    pthread_mutex_lock(&second);
    high_has = 1;
    pthread_mutex_unlock(&second);
    return unused;
}

// Goes before low and middle as they are, and not as they are while high waits.
static void* spinner(void* unused) {
    spinning = 1;
    for (double end = now() + 0.4; now() < end && !high_has;) {
    }
    return high_has ? &spinning : NULL;
}

static void inheritance(void) {
    pthread_mutexattr_t kind;
    pthread_t threads[4];
    void* in_time;
    pthread_mutexattr_init(&kind);
    CHECK(pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT) == 0);
    CHECK(pthread_mutex_init(&first, &kind) == 0 && pthread_mutex_init(&second, &kind) == 0);
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &(struct sched_param){.sched_priority = 40}) == 0);
    begin(&threads[0], 10, low);
    while (!low_has) doze();
    begin(&threads[1], 15, middle);
    while (!middle_waits) doze();
    doze();
    begin(&threads[2], 30, high);
    doze();
    begin(&threads[3], 20, spinner);
    CHECK(pthread_join(threads[3], &in_time) == 0);
    for (int i = 0; i < 3; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){0}) == 0);
    printf("high ran %s\n", in_time ? "in time" : "too late");
}

static volatile int stop;
static double used[2];

static void* busy(void* number) {
    const int which = number != NULL;
    struct timespec time;
    if (which) CHECK(setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10) == 0);
    CHECK(getpriority(PRIO_PROCESS, 0) == (which ? 10 : 0));
    while (!stop) {
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    used[which] = (double)time.tv_sec + (double)time.tv_nsec / 1e9;
    return NULL;
}

static void weights(void) {
    pthread_t plain, nice;
    CHECK(pthread_create(&plain, NULL, busy, NULL) == 0 && pthread_create(&nice, NULL, busy, &stop) == 0);
    nanosleep(&(struct timespec){1, 500000000}, NULL);
    stop = 1;
    CHECK(pthread_join(plain, NULL) == 0 && pthread_join(nice, NULL) == 0);
    printf("the nice one ran %s, %s\n", used[1] > 0 ? "too" : "never",
           used[0] > 3 * used[1] ? "much less" : "not less");
}

int main(void) {
    stay_here();
    // By number: musl has no sched_setscheduler(2).
    NEED(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}) == 0);
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){0}) == 0);
    inheritance();
    weights();
    return 0;
}
