// From one process to another, so many bytes (the argument) at a time: nanoseconds for each MiB.
#define OPERATIONS 1024
#define WITH_ARGUMENT
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    static char block[1 << 20];
    size_t size = strtoul(argument, NULL, 10);
    int ends[2];
    if (pipe(ends) || size == 0 || size > sizeof block) return 0;
    if (fork() == 0) {
        close(ends[0]);
        for (size_t i = 0; i < ((size_t)OPERATIONS << 20) / size; i++)
            for (size_t done = 0; done < size;) {
                ssize_t n = write(ends[1], block + done, size - done);
                if (n <= 0) _exit(1);
                done += (size_t)n;
            }
        _exit(0);
    }
    close(ends[1]);
    uint64_t total = 0;
    for (ssize_t n; (n = read(ends[0], block, size)) > 0;) total += (uint64_t)n;
    wait(NULL);
    return total;
}
