// Code written by one thread and run by others: in a page that is writable and executable, in one that changes between the two, and through
// two mappings of one memory file.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "check.h"

enum { kSize = 65536, kRunners = 2, kRounds = 60 };
typedef int (*function)(int);
static atomic_int published, done[kRunners];
static uint8_t *to_write, *to_run;

static void emit(uint8_t* at, int add) {  // lea add(%rdi),%eax; ret
    uint8_t code[] = {0x8d, 0x87, 0, 0, 0, 0, 0xc3};
    memcpy(code + 2, &add, 4);
    memcpy(at, code, sizeof code);
}

static void* run(void* number) {
    function f = (function)(uintptr_t)to_run;
    for (int round = 1; round <= kRounds; round++) {
        while (atomic_load(&published) < round) sched_yield();
        for (int i = 0; i < 100; i++) CHECK(f(i) == i + round);
        atomic_store(&done[(intptr_t)number], round);
    }
    return NULL;
}

static void race(int protect, const char* name) {
    pthread_t threads[kRunners];
    atomic_store(&published, 0);
    for (intptr_t i = 0; i < kRunners; i++) {
        atomic_store(&done[i], 0);
        CHECK(pthread_create(&threads[i], NULL, run, (void*)i) == 0);
    }
    for (int round = 1; round <= kRounds; round++) {
        if (protect) CHECK(mprotect(to_write, kSize, PROT_READ | PROT_WRITE) == 0);
        emit(to_write, round);
        if (protect) CHECK(mprotect(to_write, kSize, PROT_READ | PROT_EXEC) == 0);
        atomic_store(&published, round);
        for (int i = 0; i < kRunners; i++)
            while (atomic_load(&done[i]) < round) sched_yield();
    }
    for (int i = 0; i < kRunners; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    printf("%s ok\n", name);
}

// Runs generated code all the time; `patch` is its immediate, which another thread changes.
static void* loop(void* unused) {
    ((function)(uintptr_t)to_run)(0);
    return NULL;
}

int main(void) {
    to_write = to_run = mmap(NULL, kSize, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    race(0, "rewrite");
    race(1, "protect");
    munmap(to_write, kSize);

    int file = memfd_create("code", 0);
    CHECK(file >= 0 && ftruncate(file, kSize) == 0);
    to_write = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    to_run = mmap(NULL, kSize, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    CHECK(to_write != MAP_FAILED && to_run != MAP_FAILED);
    race(0, "two mappings");

    // A loop that never enters the kernel: another thread ends it by patching its jump back into nops.
    to_write = to_run = mmap(NULL, kSize, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uint8_t code[] = {0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xeb, 0xf8, 0xc3};  // nops; jmp to the first; ret
    memcpy(to_write, code, sizeof code);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, loop, NULL) == 0);
    for (int i = 0; i < 200; i++) sched_yield();
    atomic_store((_Atomic uint16_t*)(to_write + 6), 0x9090);
    CHECK(pthread_join(thread, NULL) == 0);
    puts("patch ok");
}
