// The neighbour: fills memory with a pattern that only it knows, and checks it as long as the attackers run. Arguments: the attackers' programs.
// Each attacker is started many times with another seed; whatever becomes of it, this process's memory must not change.
#define _GNU_SOURCE
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kWords = 1 << 19 };  // 4 MiB
static uint64_t* canary[3];
static uint64_t secret;
static uint64_t stacked[512];

static uint64_t pattern(size_t i) { return (i * 0x9e3779b97f4a7c15u) ^ secret; }
static void fill(void) {
    for (int area = 0; area < 3; area++)
        for (size_t i = 0; i < kWords; i++) canary[area][i] = pattern(i + (size_t)area);
    for (size_t i = 0; i < 512; i++) stacked[i] = pattern(i);
}
static size_t damage(void) {
    size_t changed = 0;
    for (int area = 0; area < 3; area++)
        for (size_t i = 0; i < kWords; i++) changed += canary[area][i] != pattern(i + (size_t)area);
    for (size_t i = 0; i < 512; i++) changed += stacked[i] != pattern(i);
    return changed;
}

int main(int argc, char** argv) {
    secret = (uint64_t)time(NULL) * 0x123456789abcdef1u;
    canary[0] = malloc(kWords * 8);
    canary[1] = mmap(NULL, kWords * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    canary[2] = mmap(NULL, kWords * 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fill();
    int rounds = atoi(argv[1]), passed = 0, failed = 0;
    for (int program = 2; program < argc; program++) {
        int odd = 0;
        for (int round = 0; round < rounds; round++) {
            char seed[16];
            snprintf(seed, sizeof seed, "%d", round + 1);
            char* const args[] = {argv[program], seed, NULL};
            char* const none[] = {NULL};
            pid_t child;
            if (posix_spawn(&child, argv[program], NULL, NULL, args, none) != 0) {
                printf("%s: cannot start\n", argv[program]);
                return 1;
            }
            int status;
            for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited++) {
                poll(NULL, 0, 2);
                if (waited == 2000) kill(child, 9);  // an attacker may also hang
            }
            // It goes on (0), gives up (1…) or dies with a signal. 42 says that it saw something that is not its own.
            odd += WIFEXITED(status) && WEXITSTATUS(status) == 42;
            if (damage()) {
                printf("%s %s: %zu words of the neighbour changed\n", argv[program], seed, damage());
                odd++;
                fill();
            }
        }
        const char* name = strrchr(argv[program], '/');
        printf("%s: %s\n", name ? name + 1 : argv[program], odd ? "ESCAPED" : "confined");
        odd ? failed++ : passed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
