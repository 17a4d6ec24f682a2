// Calls that need nothing but the task and the time: their answers, their errors, and that a task which does
// nothing else sees signals, the ends of threads, and pages that others take away beneath it.
#define _GNU_SOURCE
#include <errno.h>
#if __has_include(<linux/filter.h>)
#include <linux/filter.h>
#include <linux/seccomp.h>
#define WITH_FILTERS
#endif
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop;

static void say(const char* what, long result) {
    printf("%s: %ld %s\n", what, result < 0 ? -1L : result, result < 0 ? strerror(errno) : "");
}

static void errors(void) {
    struct timespec time;
    char* const pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages, 4096, PROT_READ);
    munmap(pages + 2 * 4096, 4096);
    say("null", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, NULL));
    say("read-only", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, pages));
    say("untouched", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, pages + 4096));
    say("half gone", syscall(SYS_clock_gettime, CLOCK_REALTIME, pages + 2 * 4096 - 8));
    say("unaligned", syscall(SYS_clock_gettime, CLOCK_REALTIME, pages + 4096 + 3));
    say("kernel", syscall(SYS_clock_gettime, CLOCK_REALTIME, (void*)0xffffffff80000000));
    say("no clock", syscall(SYS_clock_gettime, 99, &time));
    say("day, read-only", syscall(SYS_gettimeofday, pages, NULL));
    say("day, nothing", syscall(SYS_gettimeofday, NULL, NULL));
    say("day, zone gone", syscall(SYS_gettimeofday, pages + 4096, pages + 2 * 4096));
}

static void agree(void) {
    struct timespec before, now, after;
    struct timeval day;
    const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME};
    for (int i = 0; i < 4; ++i) {
        syscall(SYS_clock_gettime, clocks[i], &before);
        usleep(2000);
        syscall(SYS_clock_gettime, clocks[i], &after);
        const long passed = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
        printf("clock %d: %s\n", clocks[i], passed >= 2000000 && passed < 2000000000L ? "goes on" : "wrong");
    }
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    syscall(SYS_gettimeofday, &day, NULL);
    printf("day: %s\n", day.tv_sec - now.tv_sec <= 1 && day.tv_usec < 1000000 ? "the same" : "another");
}

static void ids(void) {
    if (fork() == 0) {
        printf("child: %d %d\n", syscall(SYS_getpid) == syscall(SYS_gettid),
               syscall(SYS_getpid) != getppid());
        if (setresgid(5, 6, 7) != 0 || setresuid(8, 9, 10) != 0) printf("not root\n");
        printf("child: %ld %ld %ld %ld\n", syscall(SYS_getuid), syscall(SYS_geteuid), syscall(SYS_getgid),
               syscall(SYS_getegid));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void* ask(void* page) {
    long wrong = 0;
    const long pid = syscall(SYS_getpid), tid = syscall(SYS_gettid);
    while (!stop) {
        if (syscall(SYS_getpid) != pid || syscall(SYS_gettid) != tid) ++wrong;
        if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, page) != 0 && errno != EFAULT) ++wrong;
    }
    return (void*)wrong;
}

static void taken_away(void) {
    char* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t threads[3];
    void* wrong[3];
    for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, ask, page);
    for (int i = 0; i < 3000; ++i) {
        mprotect(page, 4096, i % 3 == 0 ? PROT_NONE : i % 3 == 1 ? PROT_READ : PROT_READ | PROT_WRITE);
        if (i % 100 == 0)
            mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        // New code among the old: the askers' code is looked up anew.
        if (i % 50 == 0)
            munmap(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
    }
    stop = 1;
    for (int i = 0; i < 3; ++i) pthread_join(threads[i], &wrong[i]);
    printf("wrong: %ld %ld %ld\n", (long)wrong[0], (long)wrong[1], (long)wrong[2]);
}

static volatile sig_atomic_t rung;
static void ring(int signal) { rung += signal == SIGALRM; }

static void interrupted(void) {
    const struct itimerval soon = {{0, 1000}, {0, 1000}};
    signal(SIGALRM, ring);
    setitimer(ITIMER_REAL, &soon, NULL);
    while (rung < 50) syscall(SYS_getpid);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    printf("rung\n");
    const pid_t child = fork();
    if (child == 0)
        for (;;) syscall(SYS_getuid);
    usleep(20000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    printf("killed: %d\n", WTERMSIG(status));
}

#ifdef WITH_FILTERS
static atomic_int asking;
static void* ask_until_refused(void* unused) {
    (void)unused;
    asking = 1;
    while (syscall(SYS_getuid) == 0) {
    }
    return (void*)(long)errno;
}

// A filter for all threads, while one of them does nothing but ask.
static void filtered(void) {
    if (fork() != 0) {
        wait(NULL);
        return;
    }
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {4, code};
    pthread_t thread;
    void* refusal = NULL;
    pthread_create(&thread, NULL, ask_until_refused, NULL);
    while (!asking) sched_yield();
    usleep(10000);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    say("filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program));
    pthread_join(thread, &refusal);
    printf("refused: %s\n", strerror((int)(long)refusal));
    fflush(stdout);
    _exit(0);
}
#else
static void filtered(void) {}
#endif

int main(void) {
    errors();
    agree();
    fflush(stdout);
    ids();
    taken_away();
    interrupted();
    fflush(stdout);
    filtered();
    return 0;
}
