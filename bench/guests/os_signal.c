// A signal to oneself, its handler and the way back.
#define OPERATIONS 200000
#include <signal.h>
#include <unistd.h>
#include "bench.h"
static volatile uint64_t handled;
static void handler(int number) { handled++; }
uint64_t work(void) {
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    pid_t self = getpid();
    for (int i = 0; i < OPERATIONS; i++) kill(self, SIGUSR1);
    return handled;
}
