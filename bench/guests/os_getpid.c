// A system call and nothing else.
#define OPERATIONS 1000000
#include <sys/syscall.h>
#include <unistd.h>
#include "bench.h"
uint64_t work(void) {
    uint64_t same = 0;
    long self = syscall(SYS_getpid);
    for (int i = 0; i < OPERATIONS; i++) same += syscall(SYS_getpid) == self;
    return same;
}
