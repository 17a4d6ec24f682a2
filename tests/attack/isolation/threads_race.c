// Threads against their own kernel: one rewrites the other's stack between its instructions, so that it returns to anywhere; two look at fresh
// memory while the kernel is filling it, in domains that other processes have just left full of secrets.
#include <pthread.h>
#include <sys/wait.h>
#include "wild.h"

enum { kBytes = 2 << 20, kSecret = 0x5e };
static volatile int over;

static __attribute__((noinline)) int deep(int depth) {
    volatile int here = depth;
    if (depth > 0) here += deep(depth - 1);
    return here + 1;
}
static void* return_often(void* stack) {
    *(void**)stack = __builtin_frame_address(0);
    survive_faults();
    while (!over) ATTEMPT(deep(20));
    return NULL;
}
static void smash_returns(void) {
    void* volatile frame = NULL;
    pthread_t victim;
    if (pthread_create(&victim, NULL, return_often, (void*)&frame)) _exit(1);
    while (!frame) {}
    survive_faults();
    for (volatile int i = 0; i < 200000; i++) {
        uint64_t* slot = (uint64_t*)frame - 8 - random64() % 160;
        ATTEMPT(*(volatile uint64_t*)slot = i & 1 ? wild_address() : (uint64_t)deep + random64() % 64);
    }
    _exit(0);  // nothing can be joined after that
}

static unsigned char* volatile area;
static volatile int foreign;
static void* look(void* unused) {
    for (unsigned offset = 0; !over; offset = (offset + 4096 * 7 + 64) % kBytes)
        if (area[offset] != 0) foreign = 1;
    return NULL;
}
static void read_fresh_memory(void) {
    area = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, look, NULL)) _exit(1);
    for (int offset = kBytes - 64; offset >= 0; offset -= 64)
        if (area[offset] != 0) foreign = 1;
    over = 1;
    pthread_join(thread, NULL);
    memset(area, kSecret, kBytes);
    _exit(foreign ? 42 : 0);
}

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    int result = 0;
    for (int round = 0; round < 12; round++) {
        random64();
        pid_t child = fork();
        if (child == 0) round % 3 == 2 ? smash_returns() : read_fresh_memory();
        int status;
        waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 42) result = 42;
    }
    return result;
}
