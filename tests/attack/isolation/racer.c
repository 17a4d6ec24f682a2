// Two processes race: a forked child storms over its memory while the parent checks its own copy, page by page.
#include <sys/wait.h>
#include "wild.h"

enum { kBytes = 2 << 20 };
int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    unsigned char* block = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < kBytes; i++) block[i] = (unsigned char)(i * 7 + (i >> 8));
    int foreign = 0;
    for (int round = 0; round < 8; round++) {
        pid_t child = fork();
        if (child == 0) {
            survive_faults();
            for (volatile int i = 0; i < 40; i++) {
                memset(block, round, kBytes);
                ATTEMPT(for (uint64_t* p = (uint64_t*)(wild_address() & 0xfffff000);; p++) *p = random64());
                ATTEMPT(*(volatile uint64_t*)wild_address() = 1);
            }
            _exit(0);
        }
        int status;
        do {
            for (int i = 0; i < kBytes; i += 61) foreign += block[i] != (unsigned char)(i * 7 + (i >> 8));
        } while (waitpid(child, &status, WNOHANG) == 0);
    }
    return foreign ? 42 : 0;
}
