// fork, exit, wait.
#define OPERATIONS 1000
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    uint64_t done = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        done += waitpid(child, NULL, 0) == child;
    }
    return done;
}
