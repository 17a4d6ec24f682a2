// POSIX threads: creation, joining, mutexes, conditions, thread-local data, signals to threads, cancellation by exit.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
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
}
