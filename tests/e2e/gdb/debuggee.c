// Threads that all come by add(), a fork, a signal, and an exit status that the debugger changes.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int counter = 40, caught;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static int add(int to, int what) {
    int sum = to + what;
    return sum;
}

static void *work(void *what) {
    pthread_mutex_lock(&lock);
    counter = add(counter, *(int *)what);
    pthread_mutex_unlock(&lock);
    return 0;
}

static void on_signal(int number) { caught = number; }

int main(int count, char **arguments) {
    pthread_t threads[2];
    int one = 1;
    if (count > 1) execv("/proc/self/exe", (char *[]){arguments[0], 0});
    for (int i = 0; i < 2; ++i) pthread_create(&threads[i], 0, work, &one);
    for (int i = 0; i < 2; ++i) pthread_join(threads[i], 0);
    if (fork() == 0) {
        add(1, 2);
        _exit(9);
    }
    int status;
    wait(&status);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    printf("%d %d %d\n", counter, WEXITSTATUS(status), caught);
    return counter;
}
