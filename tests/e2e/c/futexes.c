// futex(2): locks that know their owner, requeueing, several words at once, robust lists, wrong use.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

// <linux/futex.h>, which not every C library comes with.
enum {
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    FUTEX_REQUEUE = 3,
    FUTEX_CMP_REQUEUE = 4,
    FUTEX_WAKE_OP = 5,
    FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET = 10,
    FUTEX_CLOCK_REALTIME = 256,
    FUTEX_WAKE_PRIVATE = 1 | 128,
    FUTEX_LOCK_PI_PRIVATE = 6 | 128,
    FUTEX_UNLOCK_PI_PRIVATE = 7 | 128,
    FUTEX_TRYLOCK_PI_PRIVATE = 8 | 128,
    FUTEX_WAIT_REQUEUE_PI_PRIVATE = 11 | 128,
    FUTEX_CMP_REQUEUE_PI_PRIVATE = 12 | 128,
};
static const unsigned FUTEX_WAITERS = 0x80000000, FUTEX_OWNER_DIED = 0x40000000, FUTEX_TID_MASK = 0x3fffffff;
// Adds 4 to the second word and compares what it was with 3.
static const unsigned kAddFourIfThree = 1u << 28 | 0u << 24 | 4u << 12 | 3u;

static long futex(void* word, int operation, unsigned value, void* timeout, void* second, unsigned value3) {
    return syscall(SYS_futex, word, operation, value, timeout, second, value3);
}
static unsigned self(void) { return (unsigned)syscall(SYS_gettid); }
static void pause_ms(int ms) {
    struct timespec time = {0, ms * 1000000L};
    nanosleep(&time, NULL);
}
static _Atomic unsigned lock, condition, started, done;
static unsigned order[4];

static void errors(void) {
    unsigned word = 5;
    struct timespec bad = {0, -1}, soon = {0, 1000000};
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 5, &soon, NULL, 0), ETIMEDOUT);
    CHECK_ERRNO(futex((char*)&word + 1, FUTEX_WAIT, 5, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_WAKE_BITSET, 5, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex((void*)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex((void*)16, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&word, FUTEX_REQUEUE, (unsigned)-1, NULL, &word, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_CMP_REQUEUE, 1, (void*)1, &word, 6), EAGAIN);
    CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &now, NULL, 1), ETIMEDOUT);
    unsigned target = 3;
    CHECK(futex(&word, FUTEX_WAKE_OP, 1, (void*)1, &target, kAddFourIfThree) == 0);
    CHECK(target == 7);
    puts("errors ok");
}

static void* take_lock(void* number) {
    started++;
    CHECK(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    CHECK((lock & FUTEX_TID_MASK) == self());
    order[done++] = (unsigned)(uintptr_t)number;
    CHECK(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    return NULL;
}
static void owned_locks(void) {
    lock = 0;
    CHECK(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0 && lock == self());
    CHECK_ERRNO(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    CHECK_ERRNO(futex((void*)&lock, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
    pthread_t threads[2];
    for (uintptr_t i = 0; i < 2; i++) pthread_create(&threads[i], NULL, take_lock, (void*)(i + 1));
    while (started < 2) sched_yield();
    pause_ms(30);
    CHECK((lock & FUTEX_WAITERS) && done == 0);
    CHECK(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    CHECK(done == 2 && order[0] + order[1] == 3 && lock == 0);
    CHECK_ERRNO(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
    lock = 0x3ffffff0;
    CHECK_ERRNO(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), ESRCH);
    lock = 0;
    puts("owned locks ok");
}

static void* hold_lock(void* unused) {
    CHECK(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    done = 1;
    pause_ms(60);
    return unused;
}
static void dead_owner(void) {
    lock = done = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, hold_lock, NULL);
    while (!done) sched_yield();
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    CHECK_ERRNO(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, &soon, NULL, 0), ETIMEDOUT);
    CHECK_ERRNO(futex((void*)&lock, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
    // The owner ends without unlocking: the lock is handed on.
    CHECK(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    CHECK((lock & FUTEX_TID_MASK) == self() && (lock & FUTEX_OWNER_DIED));
    pthread_join(thread, NULL);
    CHECK(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    puts("dead owner ok");
}

static void* wait_and_take(void* unused) {
    started++;
    CHECK(futex((void*)&condition, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, (void*)&lock, 0) == 0);
    CHECK((lock & FUTEX_TID_MASK) == self());
    done++;
    CHECK(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    return unused;
}
static void requeue_to_lock(void) {
    lock = condition = started = done = 0;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, wait_and_take, NULL);
    while (started < 3) sched_yield();
    pause_ms(30);
    CHECK_ERRNO(futex((void*)&condition, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex((void*)&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 2, (void*)1, (void*)&lock, 0), EINVAL);
    CHECK(futex((void*)&lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    CHECK(futex((void*)&condition, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)10, (void*)&lock, 0) == 3);
    CHECK(done == 0);
    CHECK(futex((void*)&lock, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    CHECK(done == 3);
    puts("requeue to lock ok");
}

static pthread_mutex_t robust;
static void* die_with_lock(void* unused) {
    pthread_mutex_lock(&robust);
    return unused;
}
static void robust_mutexes(void) {
    const int protocols[2] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    for (int i = 0; i < 2; i++) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        if (pthread_mutexattr_setprotocol(&attributes, protocols[i]) != 0) continue;
        CHECK(pthread_mutex_init(&robust, &attributes) == 0);
        pthread_t thread;
        pthread_create(&thread, NULL, die_with_lock, NULL);
        pthread_join(thread, NULL);
        CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
        CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
        CHECK(pthread_mutex_lock(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
        pthread_mutex_destroy(&robust);
    }
    puts("robust mutexes ok");
}

struct wait_vector {
    uint64_t value, address;
    uint32_t flags, reserved;
};
static unsigned pair[2];
static void* wake_second(void* unused) {
    pause_ms(30);
    futex(&pair[1], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return unused;
}
static void several_words(void) {
    struct wait_vector words[2] = {{0, (uintptr_t)&pair[0], 2 | 128, 0}, {0, (uintptr_t)&pair[1], 2 | 128, 0}};
    CHECK_ERRNO(syscall(449, words, 0, 0, NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(449, words, 2, 1, NULL, 0), EINVAL);
    words[1].value = 1;
    CHECK_ERRNO(syscall(449, words, 2, 0, NULL, 0), EAGAIN);
    words[1].value = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, wake_second, NULL);
    CHECK(syscall(449, words, 2, 0, NULL, 0) == 1);
    pthread_join(thread, NULL);
    struct timespec past = {1, 0};
    CHECK_ERRNO(syscall(449, words, 2, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT);
    CHECK_ERRNO(syscall(449, words, 2, 0, &past, 77), EINVAL);
    puts("several words ok");
}

static void between_processes(void) {
    _Atomic unsigned* word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        while (*word == 0) futex((void*)word, FUTEX_WAIT, 0, NULL, NULL, 0);
        *word = 2;
        futex((void*)word, FUTEX_WAKE, 1, NULL, NULL, 0);
        _exit(0);
    }
    pause_ms(20);
    *word = 1;
    futex((void*)word, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (*word != 2) futex((void*)word, FUTEX_WAIT, 1, NULL, NULL, 0);
    CHECK(waitpid(child, NULL, 0) == child);
    puts("between processes ok");
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    errors();
    owned_locks();
    dead_owner();
    requeue_to_lock();
    robust_mutexes();
    several_words();
    between_processes();
    return 0;
}
