// fork, exit, wait of a process with 256 MiB of memory that it has written: nanoseconds for each MiB.
#define OPERATIONS (4 * 256)
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    size_t size = 256 << 20;
    volatile char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
    uint64_t done = 0;
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) _exit(memory[i * 4096] - 1);
        int status;
        done += waitpid(child, &status, 0) == child && status == 0;
    }
    return done;
}
