// One byte to another process and back through two pipes.
#define OPERATIONS 50000
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    int there[2], back[2];
    if (pipe(there) || pipe(back)) return 0;
    char byte = 'x';
    if (fork() == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1)
            if (write(back[1], &byte, 1) != 1) break;
        _exit(0);
    }
    uint64_t done = 0;
    for (int i = 0; i < OPERATIONS; i++) done += write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1;
    close(there[1]);
    wait(NULL);
    return done;
}
