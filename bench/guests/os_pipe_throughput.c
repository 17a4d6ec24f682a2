// 64 KiB at a time from one process to another: nanoseconds for each MiB.
#define OPERATIONS 1024
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    int ends[2];
    static char block[65536];
    if (pipe(ends)) return 0;
    if (fork() == 0) {
        close(ends[0]);
        for (int i = 0; i < OPERATIONS * 16; i++)
            for (size_t done = 0; done < sizeof block;) {
                ssize_t n = write(ends[1], block + done, sizeof block - done);
                if (n <= 0) _exit(1);
                done += (size_t)n;
            }
        _exit(0);
    }
    close(ends[1]);
    uint64_t total = 0;
    for (ssize_t n; (n = read(ends[0], block, sizeof block)) > 0;) total += (uint64_t)n;
    wait(NULL);
    return total;
}
