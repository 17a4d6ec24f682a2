// Nothing of an earlier process shows: fresh memory of every kind is zero, also right after others wrote all over theirs and ended.
#include <sys/wait.h>
#include "wild.h"

int main(void) {
    static uint64_t bss[1 << 16];
    int found = 0;
    for (int i = 0; i < 1 << 16; i++) found += bss[i] != 0;
    for (int round = 0; round < 10; round++) {
        pid_t child = fork();
        if (child == 0) {
            size_t size = 8 << 20;
            uint64_t* p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (size_t i = 0; i < size / 8; i++) {
                if (p[i]) _exit(42);
                p[i] = 0x5ec2e75ec2e75ec2;
            }
            char* heap = sbrk(1 << 20);
            if (heap != (void*)-1) {
                for (int i = 0; i < 1 << 20; i++)
                    if (heap[i]) _exit(42);
                memset(heap, 0x5e, 1 << 20);
            }
            volatile char deep[1 << 20];
            memset((void*)deep, 0x5e, sizeof deep);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        found += WIFEXITED(status) && WEXITSTATUS(status) == 42;
    }
    return found ? 42 : 0;
}
