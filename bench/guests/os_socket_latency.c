// One byte to another process and back through a UNIX socket.
#define OPERATIONS 50000
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return 0;
    char byte = 'x';
    if (fork() == 0) {
        close(ends[0]);
        while (read(ends[1], &byte, 1) == 1)
            if (write(ends[1], &byte, 1) != 1) break;
        _exit(0);
    }
    close(ends[1]);
    uint64_t done = 0;
    for (int i = 0; i < OPERATIONS; i++) done += write(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    wait(NULL);
    return done;
}
