// sched(7) on one CPU: who is woken first, who interrupts whom, and what yielding and new priorities do.
// Nothing here depends on time: what has the higher priority runs until it blocks.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

enum { MOST = 8 };

static sem_t go;
static volatile int ready, logged;
static volatile int order[MOST];

struct worker {
    pthread_t thread;
    int priority, policy, number;
    volatile pid_t tid;
};

// Directly: not every C library has them.
static int set(pid_t tid, int policy, int priority) {
    const struct sched_param parameters = {.sched_priority = priority};
    return (int)syscall(SYS_sched_setscheduler, tid, policy, &parameters);
}
static int policy_now(void) { return (int)syscall(SYS_sched_getscheduler, 0); }

static void note(int number) { order[logged++] = number; }

static void* wait_and_note(void* argument) {
    struct worker* self = argument;
    self->tid = (pid_t)syscall(SYS_gettid);
    CHECK(set(0, self->policy, self->priority) == 0);
    ++ready;
    while (sem_wait(&go) != 0) {
    }
    note(self->number);
    return NULL;
}

// They wait for `go` when this returns: the caller has the lowest real-time priority meanwhile.
static void start(struct worker* workers, int count) {
    CHECK(set(0, SCHED_FIFO, 1) == 0);
    ready = logged = 0;
    for (int i = 0; i < count; ++i) {
        workers[i].number = i;
        CHECK(pthread_create(&workers[i].thread, NULL, wait_and_note, &workers[i]) == 0);
        while (ready <= i) sched_yield();
    }
}

static void finish(struct worker* workers, int count) {
    for (int i = 0; i < count; ++i) CHECK(pthread_join(workers[i].thread, NULL) == 0);
}

static void wakes_by_priority(void) {
    struct worker workers[] = {{.priority = 10, .policy = SCHED_FIFO},
                               {.priority = 30, .policy = SCHED_RR},
                               {.priority = 20, .policy = SCHED_FIFO},
                               {.priority = 30, .policy = SCHED_FIFO},
                               {.priority = 5, .policy = SCHED_RR}};
    static const int wanted[] = {1, 3, 2, 0, 4};
    start(workers, 5);
    CHECK(set(0, SCHED_FIFO, 50) == 0);
    for (int i = 0; i < 5; ++i) {
        sem_post(&go);
        CHECK(logged == i);  // the waker goes first
        CHECK(set(0, SCHED_FIFO, 1) == 0);
        CHECK(logged == i + 1 && order[i] == wanted[i]);
        CHECK(set(0, SCHED_FIFO, 50) == 0);
    }
    finish(workers, 5);
}

static void all_at_once_run_by_priority(void) {
    struct worker workers[] = {{.priority = 10, .policy = SCHED_FIFO},
                               {.priority = 30, .policy = SCHED_FIFO},
                               {.priority = 20, .policy = SCHED_RR}};
    start(workers, 3);
    CHECK(set(0, SCHED_FIFO, 50) == 0);
    for (int i = 0; i < 3; ++i) sem_post(&go);
    CHECK(logged == 0);
    CHECK(set(0, SCHED_FIFO, 1) == 0);
    CHECK(logged == 3 && order[0] == 1 && order[1] == 2 && order[2] == 0);
    finish(workers, 3);
}

static void a_woken_one_interrupts(void) {
    struct worker workers[] = {{.priority = 20, .policy = SCHED_FIFO}};
    start(workers, 1);
    CHECK(set(0, SCHED_FIFO, 10) == 0);
    sem_post(&go);
    CHECK(logged == 1);
    finish(workers, 1);
}

static void equals_wait_for_a_yield(void) {
    struct worker workers[] = {{.priority = 10, .policy = SCHED_FIFO}};
    start(workers, 1);
    CHECK(set(0, SCHED_FIFO, 10) == 0);
    sem_post(&go);
    CHECK(logged == 0);
    sched_yield();
    CHECK(logged == 1);
    finish(workers, 1);
}

static void a_raised_one_interrupts(void) {
    struct worker workers[] = {{.priority = 5, .policy = SCHED_FIFO}};
    start(workers, 1);
    CHECK(set(0, SCHED_FIFO, 10) == 0);
    sem_post(&go);
    sched_yield();
    CHECK(logged == 0);
    CHECK(set(workers[0].tid, SCHED_FIFO, 11) == 0);
    CHECK(logged == 1);
    finish(workers, 1);
}

static void fair_ones_wait(void) {
    struct worker workers[] = {{.priority = 10, .policy = SCHED_FIFO}};
    start(workers, 1);
    CHECK(set(workers[0].tid, SCHED_OTHER, 0) == 0);
    sem_post(&go);
    for (int i = 0; i < 100; ++i) sched_yield();
    CHECK(logged == 0);
    finish(workers, 1);
    CHECK(logged == 1);
}

static void children_inherit_unless_told(void) {
    CHECK(set(0, SCHED_RR, 7) == 0);
    for (int reset = 0; reset < 2; ++reset) {
        const int policy = SCHED_RR | (reset ? SCHED_RESET_ON_FORK : 0);
        CHECK(set(0, policy, 7) == 0 && policy_now() == policy);
        const pid_t child = fork();
        if (child == 0) {
            struct sched_param parameters;
            CHECK(syscall(SYS_sched_getparam, 0, &parameters) == 0);
            _exit(policy_now() == (reset ? SCHED_OTHER : SCHED_RR) &&
                          parameters.sched_priority == (reset ? 0 : 7)
                      ? 0
                      : 1);
        }
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
}

static void others_may_not(void) {
    CHECK(set(0, SCHED_OTHER, 0) == 0);
    const struct rlimit none = {0, 0};
    CHECK(setrlimit(RLIMIT_RTPRIO, &none) == 0 && setuid(65534) == 0);
    errno = 0;
    CHECK(set(0, SCHED_FIFO, 1) == -1 && errno == EPERM);
    CHECK(set(0, SCHED_FIFO, 0) == -1 && errno == EINVAL);
    CHECK(set(0, SCHED_FIFO, 100) == -1 && errno == EINVAL);
    CHECK(set(0, SCHED_OTHER, 1) == -1 && errno == EINVAL);
    CHECK(set(0, 77, 0) == -1 && errno == EINVAL);
    CHECK(set(-1, SCHED_OTHER, 0) == -1 && errno == EINVAL);
    CHECK(set(0x3ffffff0, SCHED_OTHER, 0) == -1 && errno == ESRCH);
}

int main(void) {
    cpu_set_t cpus, one;
    CHECK(sched_getaffinity(0, sizeof cpus, &cpus) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &cpus)) ++first;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(sem_init(&go, 0, 0) == 0);
    NEED(set(0, SCHED_FIFO, 1) == 0);
    wakes_by_priority();
    all_at_once_run_by_priority();
    a_woken_one_interrupts();
    equals_wait_for_a_yield();
    a_raised_one_interrupts();
    fair_ones_wait();
    children_inherit_unless_told();
    others_may_not();
    puts("ranks ok");
    return 0;
}
