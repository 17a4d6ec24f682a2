// A signal to another process and one back, both by handlers.
#define OPERATIONS 20000
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
static volatile uint64_t handled;
static void handler(int number) { handled++; }
static void await(uint64_t count, const sigset_t* mask) {
    while (handled < count) sigsuspend(mask);
}
uint64_t work(void) {
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    pid_t parent = getpid(), child = fork();
    for (uint64_t i = 1; i <= OPERATIONS; i++) {
        if (child != 0) kill(child, SIGUSR1);
        await(i, &open);
        if (child == 0) kill(parent, SIGUSR1);
    }
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    return handled;
}
