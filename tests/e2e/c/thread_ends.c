// Threads: mutexes, conditions, thread-local storage, cancellation, robust locks, signals to threads, exec and exit with threads alive.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static long sum;
static int ready;
static __thread int own;

static void* add(void* unused) {
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        sum++;
        pthread_mutex_unlock(&mutex);
        own++;
    }
    return (void*)(long)own;
}

static void* wait_for_ready(void* unused) {
    pthread_mutex_lock(&mutex);
    while (!ready) pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return (void*)1;
}

static void* spin(void* flag) {
    while (!*(volatile int*)flag) {}
    return (void*)2;
}

static void* sleep_for_ever(void* unused) {
    for (;;) pause();
}

static volatile int seen;
static volatile pthread_t seen_by;
static void note(int signal) {
    seen_by = pthread_self();
    seen = signal;
}

static char** arguments;
static void* execute(void* unused) {
    execv(arguments[0], (char*[]){arguments[0], "again", NULL});
    return NULL;
}

static void* take(void* lock) {
    pthread_mutex_lock(lock);
    return NULL;
}

static int status_of(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

int main(int argc, char** argv) {
    if (argc > 1) return getpid() == gettid() ? 5 : 6;
    arguments = argv;
    pthread_t threads[8];
    void* result;
    for (int i = 0; i < 8; i++) CHECK(pthread_create(&threads[i], NULL, add, NULL) == 0);
    for (int i = 0; i < 8; i++) CHECK(pthread_join(threads[i], &result) == 0 && result == (void*)20000);
    CHECK(sum == 160000);
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, wait_for_ready, NULL) == 0);
    usleep(5000);
    pthread_mutex_lock(&mutex);
    ready = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], &result) == 0 && result == (void*)1);
    puts("conditions ok");

    static volatile int flag;
    CHECK(pthread_create(&threads[0], NULL, spin, (void*)&flag) == 0);
    usleep(20000);
    flag = 1;
    CHECK(pthread_join(threads[0], &result) == 0 && result == (void*)2);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&mutex);
    CHECK(pthread_cond_timedwait(&condition, &mutex, &until) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    puts("preemption ok");

    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, NULL);
    CHECK(pthread_create(&threads[0], NULL, sleep_for_ever, NULL) == 0);
    usleep(5000);
    CHECK(pthread_kill(threads[0], SIGUSR1) == 0);
    for (int i = 0; i < 1000 && seen == 0; i++) usleep(5000);
    CHECK(seen == SIGUSR1 && pthread_equal(seen_by, threads[0]));
    CHECK(pthread_cancel(threads[0]) == 0 && pthread_join(threads[0], &result) == 0 && result == PTHREAD_CANCELED);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    static pthread_mutex_t robust;
    pthread_mutex_init(&robust, &attributes);
    CHECK(pthread_create(&threads[0], NULL, take, &robust) == 0 && pthread_join(threads[0], NULL) == 0);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
    puts("signals ok");

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_create(&threads[0], NULL, sleep_for_ever, NULL);
        pthread_create(&threads[1], NULL, execute, NULL);
        for (;;) pause();
    }
    CHECK(WEXITSTATUS(status_of(child)) == 5);
    child = fork();
    if (child == 0) {
        static volatile int never;
        pthread_create(&threads[0], NULL, sleep_for_ever, NULL);
        pthread_create(&threads[1], NULL, spin, (void*)&never);
        usleep(1000);
        exit(9);
    }
    CHECK(WEXITSTATUS(status_of(child)) == 9);
    child = fork();
    if (child == 0) {
        pthread_create(&threads[0], NULL, sleep_for_ever, NULL);
        *(volatile int*)8 = 1;
    }
    CHECK(WTERMSIG(status_of(child)) == SIGSEGV);
    puts("ends ok");
    return 0;
}
