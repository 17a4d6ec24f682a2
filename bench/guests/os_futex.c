// To another thread and back by two futexes.
#define OPERATIONS 50000
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench.h"
static int there, back;
static void await(int* word) {
    while (!__atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL)) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}
static void post(int* word) {
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void* other(void* unused) {
    for (int i = 0; i < OPERATIONS; i++) {
        await(&there);
        post(&back);
    }
    return NULL;
}
uint64_t work(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, other, NULL);
    uint64_t done = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        post(&there);
        await(&back);
        done++;
    }
    pthread_join(thread, NULL);
    return done;
}
