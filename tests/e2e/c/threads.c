<<<<<<< HEAD
// POSIX threads: creation, joining, mutexes, conditions, thread-local data, signals to threads, cancellation by exit.
=======
// Threads: mutexes, conditions, thread-local storage, cancellation, robust locks, signals to threads, exec and exit with threads alive.
>>>>>>> 274048c (End-to-end tests of threads and of waiting; kernel/README.md)
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
<<<<<<< HEAD
#include <stdatomic.h>
#include <sys/syscall.h>

#include "check.h"

enum { kThreads = 8 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static long counter;
static atomic_long atomic;
static int turn;
static __thread int local = 7;
static pthread_key_t key;
static atomic_int destroyed, handled;

static void destroy(void* value) { destroyed += value != NULL; }
static void handler(int number) { (void)number, handled++; }
static void* worker(void* argument) {
    long id = (long)argument;
    CHECK(local == 7);
    local = (int)id;
    pthread_setspecific(key, argument + 1);
    for (int i = 0; i < 5000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
        atomic++;
    }
    pthread_barrier_wait(&barrier);
    pthread_mutex_lock(&lock);
    while (turn != id) pthread_cond_wait(&ready, &lock);
    turn++;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&lock);
    sem_wait(&semaphore);
    CHECK(local == id);
    return (void*)(id * 10);
}
static void* sleeper(void* argument) {
    (void)argument;
    for (;;) pause();
}
static void* quick(void* argument) { return argument; }

int main(void) {
    pthread_t threads[kThreads];
    CHECK(pthread_key_create(&key, destroy) == 0 && pthread_barrier_init(&barrier, NULL, kThreads) == 0 && sem_init(&semaphore, 0, 0) == 0);
    for (long i = 0; i < kThreads; i++) CHECK(pthread_create(&threads[i], NULL, worker, (void*)i) == 0);
    for (int i = 0; i < kThreads; i++) sem_post(&semaphore);
    for (long i = 0; i < kThreads; i++) {
        void* result;
        CHECK(pthread_join(threads[i], &result) == 0 && (long)result == i * 10);
    }
    CHECK(counter == kThreads * 5000 && atomic == kThreads * 5000 && turn == kThreads && destroyed == kThreads && local == 7);
    for (long i = 0; i < 200; i++) {
        pthread_t t;
        void* result;
        CHECK(pthread_create(&t, NULL, quick, (void*)i) == 0 && pthread_join(t, &result) == 0 && (long)result == i);
    }
    signal(SIGUSR1, handler);
    pthread_t t;
    CHECK(pthread_create(&t, NULL, sleeper, NULL) == 0);
    for (int i = 0; i < 10; i++) {
        int before = handled;
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        while (handled == before) sched_yield();
    }
    CHECK(pthread_cancel(t) == 0 && pthread_join(t, NULL) == 0);
    CHECK(syscall(SYS_gettid) == getpid());
    puts("threads ok");
    pthread_create(&t, NULL, sleeper, NULL);
    exit(0);
=======
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

static int seen;
static pthread_t seen_by;
static void note(int signal) {
    seen = signal;
    seen_by = pthread_self();
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
    usleep(20000);
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
    puts("threads ok");
    return 0;
>>>>>>> 274048c (End-to-end tests of threads and of waiting; kernel/README.md)
}
