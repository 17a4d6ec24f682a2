// Hands wild pointers and lengths to system calls: the kernel must not be led outside, and nothing of anybody else's memory comes back.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include "wild.h"

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    survive_faults();
    int ends[2], null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
    if (pipe2(ends, O_NONBLOCK) != 0) return 1;
    for (volatile int i = 0; i < 3000; i++) {
        uint64_t a = wild_address() | 1ul << 33, length = random64() >> (random64() % 64), b = wild_address() | 1ul << 40;
        static char sink[65536];
        // Addresses above 4 GiB are nobody's for a confined process; natively they are (almost always) unmapped too.
        ATTEMPT(switch (random64() % 12) {
            case 0: if (syscall(SYS_write, ends[1], a, length % 4096) > 0) { long n = read(ends[0], sink, sizeof sink); if (n > 0) return 42; } break;
            case 1: syscall(SYS_read, zero, a, length); break;
            case 2: syscall(SYS_clock_gettime, CLOCK_MONOTONIC, a); break;
            case 3: syscall(SYS_pipe2, a, 0); break;
            case 4: syscall(SYS_getcwd, a, length); break;
            case 5: syscall(SYS_uname, a); break;
            case 6: { struct iovec v[2] = {{(void*)a, length}, {(void*)b, length}}; syscall(SYS_readv, zero, v, 2); syscall(SYS_writev, null, v, 2); break; }
            case 7: syscall(SYS_openat, AT_FDCWD, a, 0); break;
            case 8: syscall(SYS_rt_sigaction, SIGUSR1, a, b, 8); break;
            case 9: syscall(SYS_nanosleep, a, b); break;
            case 10: syscall(SYS_mprotect, a & ~4095ul, length & ~4095ul, PROT_READ | PROT_WRITE); break;
            case 11: syscall(SYS_munmap, a & ~4095ul, length & ~4095ul); break;
        });
    }
    return 0;
}
