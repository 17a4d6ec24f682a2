// One thread changes the world while its siblings spin in user code: signals, memory, fork, ends, affinity. With several CPUs the siblings
// really run meanwhile; with one they are preempted.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

enum { kPage = 4096 };
static atomic_int stop, seen, spinning;
static atomic_long counter;

static void* spin(void* unused) {
    atomic_fetch_add(&spinning, 1);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {}
    return NULL;
}
static void note(int signal) { atomic_fetch_add(&seen, 1); }

static void start_spinners(pthread_t* threads, int count) {
    atomic_store(&stop, 0);
    atomic_store(&spinning, 0);
    for (int i = 0; i < count; i++) CHECK(pthread_create(&threads[i], NULL, spin, NULL) == 0);
    while (atomic_load(&spinning) < count) sched_yield();
}
static void end_spinners(pthread_t* threads, int count) {
    atomic_store(&stop, 1);
    for (int i = 0; i < count; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void signals_reach_spinners(void) {
    pthread_t threads[3];
    signal(SIGUSR1, note);
    start_spinners(threads, 3);
    for (int round = 1; round <= 20; round++)
        for (int i = 0; i < 3; i++) {
            int before = atomic_load(&seen);
            CHECK(pthread_kill(threads[i], SIGUSR1) == 0);
            while (atomic_load(&seen) == before) {}
        }
    end_spinners(threads, 3);
    puts("signals ok");
}

static void* add(void* plain) {
    for (int i = 0; i < 200000; i++) {
        atomic_fetch_add(&counter, 1);
        if (i % 1000 == 0) sched_yield();
    }
    return NULL;
}
static void atomics_are_atomic(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, add, NULL) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&counter) == 800000);
    puts("atomics ok");
}

// A page that comes and goes, and changes its protection, under a thread that stores to it all the time.
static uint8_t* volatile page;
static __thread sigjmp_buf back;
static void skip(int signal) { siglongjmp(back, 1); }
static atomic_long stored, faulted;
static void* store(void* unused) {
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (sigsetjmp(back, 0) == 0) {
            page[8]++;
            atomic_fetch_add_explicit(&stored, 1, memory_order_relaxed);
        } else {
            atomic_fetch_add_explicit(&faulted, 1, memory_order_relaxed);
        }
    }
    return NULL;
}
static void wait_past(atomic_long* count) {
    long before = atomic_load(count);
    while (atomic_load(count) < before + 2) sched_yield();
}
static void memory_changes_at_once(void) {
    struct sigaction action = {.sa_handler = skip, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    atomic_store(&stop, 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, store, NULL) == 0);
    for (int round = 0; round < 25; round++) {
        wait_past(&stored);
        CHECK(mprotect(page, kPage, PROT_READ) == 0);
        // From here on nothing may be stored.
        uint8_t value = page[8];
        wait_past(&faulted);
        CHECK(page[8] == value);
        CHECK(mprotect(page, kPage, PROT_READ | PROT_WRITE) == 0);
        wait_past(&stored);
        CHECK(munmap(page, kPage) == 0);
        wait_past(&faulted);
        CHECK(mmap(page, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page);
    }
    atomic_store(&stop, 1);
    CHECK(pthread_join(thread, NULL) == 0);
    signal(SIGSEGV, SIG_DFL);
    puts("memory ok");
}

// A fork sees one moment: two counters in different pages, always raised in the same order, never differ by more than one.
static volatile long* pair[2];
static void* raise_pair(void* unused) {
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        ++*pair[0];
        atomic_thread_fence(memory_order_seq_cst);
        ++*pair[1];
        atomic_thread_fence(memory_order_seq_cst);
    }
    return NULL;
}
static void fork_sees_one_moment(void) {
    uint8_t* block = mmap(NULL, 64 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(block, 1, 64 * kPage);
    for (int order = 0; order < 2; order++) {
        pair[order] = (long*)block;
        pair[!order] = (long*)(block + 63 * kPage);
        *pair[0] = *pair[1] = 0;
        atomic_store(&stop, 0);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, raise_pair, NULL) == 0);
        for (int i = 0; i < 15; i++) {
            pid_t child = fork();
            if (child == 0) {
                long ahead = *pair[0] - *pair[1];
                _exit(ahead == 0 || ahead == 1 ? 0 : 1);
            }
            int status;
            CHECK(waitpid(child, &status, 0) == child && status == 0);
        }
        atomic_store(&stop, 1);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    puts("fork ok");
}

static char* self;
static void* end_all(void* how) {
    if (*(char*)how == 'x') exit(7);
    if (*(char*)how == 'e') execl(self, self, "executed", NULL);
    if (*(char*)how == 's') *(volatile int*)16 = 1;
    return NULL;
}
static void ends_reach_spinners(void) {
    static const struct {
        const char* how;
        int status;
    } kEnds[] = {{"x", 7 << 8}, {"e", 9 << 8}, {"s", SIGSEGV}};
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 3; i++) {
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                pthread_t threads[3];
                start_spinners(threads, 2);
                CHECK(pthread_create(&threads[2], NULL, end_all, (void*)kEnds[i].how) == 0);
                for (;;) {}
            }
            int status;
            CHECK(waitpid(child, &status, 0) == child);
            CHECK((status & ~0x80) == kEnds[i].status);
        }
    puts("ends ok");
}

static void stop_and_continue(void) {
    atomic_long* count = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0)
        for (;;) atomic_fetch_add(count, 1);
    wait_past(count);
    int status;
    for (int i = 0; i < 5; i++) {
        CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
        long value = atomic_load(count);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
        CHECK(atomic_load(count) == value);
        CHECK(kill(child, SIGCONT) == 0);
        wait_past(count);
    }
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
    puts("stop ok");
}

static void* stay_on(void* which) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(*(int*)which, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    for (int i = 0; i < 2000; i++) {
        CHECK(sched_getcpu() == *(int*)which);
        if (i % 50 == 0) sched_yield();
    }
    return NULL;
}
static void affinity_holds(void) {
    cpu_set_t all, none;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    CHECK(CPU_COUNT(&all) >= 1);
    CPU_ZERO(&none);
    CHECK_ERRNO(sched_setaffinity(0, sizeof none, &none), EINVAL);
    pthread_t threads[CPU_SETSIZE];
    int which[CPU_SETSIZE], count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 4; cpu++)
        if (CPU_ISSET(cpu, &all)) which[count++] = cpu;
    for (int i = 0; i < count; i++) CHECK(pthread_create(&threads[i], NULL, stay_on, &which[i]) == 0);
    for (int i = 0; i < count; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    puts("affinity ok");
}

int main(int argc, char** argv) {
    if (argc > 1) _exit(9);
    self = argv[0];
    signals_reach_spinners();
    atomics_are_atomic();
    memory_changes_at_once();
    fork_sees_one_moment();
    ends_reach_spinners();
    stop_and_continue();
    affinity_holds();
}
