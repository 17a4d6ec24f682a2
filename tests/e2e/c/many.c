// Many at once: 500 processes alive of 2,000 created; 5,000 threads with 64 KiB stacks in one process; a fork bomb under RLIMIT_NPROC.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

enum { kAlive = 500, kCreated = 2000, kThreads = 5000, kBomb = 60 };

static void processes(void) {
    int gate[2], back[2];
    CHECK(pipe(gate) == 0 && pipe(back) == 0);
    static pid_t children[kAlive];
    for (int i = 0; i < kAlive; i++) {
        children[i] = fork();
        NEED(children[i] >= 0);
        if (children[i] == 0) {
            close(gate[1]);
            char byte;
            CHECK(write(back[1], "a", 1) == 1 && read(gate[0], &byte, 1) == 0);
            _exit(i % 100);
        }
    }
    char byte;
    for (int i = 0; i < kAlive; i++) CHECK(read(back[0], &byte, 1) == 1);
    for (int i = 0; i < kAlive; i++) CHECK(kill(children[i], 0) == 0);
    for (int i = kAlive; i < kCreated; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) _exit(i % 100);
        int status;
        CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == i % 100);
    }
    close(gate[1]);
    for (int i = 0; i < kAlive; i++) {
        int status;
        CHECK(waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
    }
    CHECK_ERRNO(wait(NULL), ECHILD);
    close(gate[0]), close(back[0]), close(back[1]);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int running, go;
static long sum;
static _Thread_local long own;

static void* thread(void* argument) {
    own = (long)argument;
    pthread_mutex_lock(&lock);
    if (++running == kThreads) pthread_cond_broadcast(&changed);
    while (!go) pthread_cond_wait(&changed, &lock);
    sum += own;
    pthread_mutex_unlock(&lock);
    return (void*)(own * 2);
}

static void threads(void) {
    static pthread_t all[kThreads];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK(pthread_attr_setstacksize(&attributes, 64 << 10) == 0);
    for (long i = 0; i < kThreads; i++) NEED(pthread_create(&all[i], &attributes, thread, (void*)i) == 0);
    pthread_mutex_lock(&lock);
    while (running < kThreads) pthread_cond_wait(&changed, &lock);
    go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < kThreads; i++) {
        void* result;
        CHECK(pthread_join(all[i], &result) == 0 && (long)result == i * 2);
    }
    CHECK(sum == (long)kThreads * (kThreads - 1) / 2);
}

static void bomb(void) {
    volatile int* refused = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t first = fork();
    if (first == 0) {
        struct rlimit limit = {kBomb, kBomb};
        CHECK(setpgid(0, 0) == 0 && setrlimit(RLIMIT_NPROC, &limit) == 0 && setresgid(54321, 54321, 54321) == 0 &&
              setresuid(54321, 54321, 54321) == 0);
        for (;;) {
            if (fork() >= 0) continue;  // each child does the same
            if (errno != EAGAIN) *refused = -1;
            if (*refused >= 0) ++*refused;
            usleep(1000);
        }
    }
    for (int waited = 0; *refused >= 0 && *refused < 1000 && waited < 60000; waited++) usleep(1000);
    CHECK(*refused >= 1000);
    CHECK(kill(-first, SIGKILL) == 0);
    int status;
    CHECK(waitpid(first, &status, 0) == first && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void) {
    processes();
    if (geteuid() == 0) bomb();
    threads();
    puts("many ok");
}
