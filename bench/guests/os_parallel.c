// Two processes that compute at once: with two CPUs they take as long as one.
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
static uint32_t compute(void) {
    uint32_t state = 1;
    for (int i = 0; i < 200000000; i++) next_random(&state);
    return state;
}
uint64_t work(void) {
    uint64_t done = 0;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) _exit(compute() & 0x7f);
    for (int i = 0; i < 2; i++) {
        int status;
        done += wait(&status) > 0 ? (uint64_t)WEXITSTATUS(status) : 1000;
    }
    return done;
}
