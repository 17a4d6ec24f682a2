// Descriptors, directories and masks belong to threads: shared by CLONE_FILES and CLONE_FS, undone by
// unshare(2).
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

static int tid(void) { return (int)syscall(SYS_gettid); }

static void* run(void* body) {
    ((void (*)(void))body)();
    return NULL;
}

static void in_thread(void (*body)(void)) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, (void*)body) == 0 && pthread_join(thread, NULL) == 0);
}

static void in_child(void (*body)(void), const char* name) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("%s: failed: status %x\n", name, status);
        _exit(1);
    }
    printf("%s ok\n", name);
}

static int is_link_to(const char* path, const char* target) {
    char text[PATH_MAX];
    ssize_t size = readlink(path, text, sizeof text - 1);
    if (size < 0) return 0;
    text[size] = 0;
    return strcmp(text, target) == 0;
}

static void other_directory(void) {
    char path[64];
    CHECK(unshare(CLONE_FS) == 0);
    CHECK(chdir("/tmp") == 0 && umask(0123) == 022);
    CHECK(is_link_to("/proc/thread-self/cwd", "/tmp") && is_link_to("/proc/self/cwd", "/"));
    snprintf(path, sizeof path, "/proc/self/task/%d/cwd", tid());
    CHECK(is_link_to(path, "/tmp"));
    snprintf(path, sizeof path, "/proc/self/task/%d/cwd", getpid());
    CHECK(is_link_to(path, "/"));
}

static void directories(void) {
    char here[PATH_MAX];
    CHECK(chdir("/") == 0);
    umask(022);
    in_thread(other_directory);
    CHECK(getcwd(here, sizeof here) && strcmp(here, "/") == 0 && umask(0) == 022);
}

static int inherited[2];

static int is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static void other_files(void) {
    char path[64];
    CHECK(is_open(inherited[0]));
    CHECK(unshare(CLONE_FILES) == 0);
    CHECK(is_open(inherited[0]) && close(inherited[0]) == 0);
    CHECK(dup2(inherited[1], 77) == 77);
    CHECK(access("/proc/thread-self/fd/77", F_OK) == 0);
    CHECK_ERRNO(access("/proc/self/fd/77", F_OK), ENOENT);
    snprintf(path, sizeof path, "/proc/self/fd/%d", inherited[0]);
    CHECK(access(path, F_OK) == 0);
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", inherited[0]);
    CHECK_ERRNO(access(path, F_OK), ENOENT);
}

static void other_range(void) {
    CHECK(syscall(SYS_close_range, 3u, ~0u, 2u) == 0);
    CHECK(!is_open(inherited[0]) && !is_open(inherited[1]));
}

static void descriptors(void) {
    CHECK(pipe(inherited) == 0);
    in_thread(other_files);
    CHECK(is_open(inherited[0]) && !is_open(77));
    in_thread(other_range);
    CHECK(is_open(inherited[0]) && is_open(inherited[1]));
}

// The end of a table closes what it alone refers to.
static void* reads_to_end(void* unused) {
    (void)unused;
    char byte;
    CHECK(unshare(CLONE_FILES) == 0 && close(inherited[1]) == 0);
    CHECK(read(inherited[0], &byte, 1) == 1 && read(inherited[0], &byte, 1) == 0);
    _exit(0);
}

static void first_ends(void) {
    pthread_t thread;
    CHECK(pipe(inherited) == 0);
    CHECK(pthread_create(&thread, NULL, reads_to_end, NULL) == 0);
    CHECK(write(inherited[1], "x", 1) == 1);
    pthread_exit(NULL);
}

static int plain_result;
static int plain_thread(void* unused) {
    (void)unused;
    syscall(SYS_close, inherited[0]);
    syscall(SYS_chdir, "/tmp");
    plain_result = 1;
    syscall(SYS_exit, 0);
    return 0;
}

// A thread without CLONE_FILES and CLONE_FS begins with copies.
static void without_flags(void) {
    static char stack[65536] __attribute__((aligned(16)));
    static int alive;
    CHECK(chdir("/") == 0 && pipe(inherited) == 0);
    int number = clone(plain_thread, stack + sizeof stack,
                       CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
                       NULL, &alive, NULL, &alive);
    CHECK(number > 0);
    for (int now; (now = __atomic_load_n(&alive, __ATOMIC_ACQUIRE)) != 0;)
        syscall(SYS_futex, &alive, 0 /* FUTEX_WAIT */, now, NULL, NULL, 0);
    CHECK(plain_result == 1 && is_open(inherited[0]) && is_link_to("/proc/self/cwd", "/"));
}

static const char* self;

static void execute(void) {
    CHECK(unshare(CLONE_FS | CLONE_FILES) == 0 && chdir("/tmp") == 0 && dup2(0, 78) == 78);
    execl(self, self, "executed", NULL);
    _exit(3);
}

// execve(2) goes on with the caller's, and so does fork(2).
static void executes(void) {
    CHECK(chdir("/") == 0);
    in_thread(execute);
}

static void fork_there(void) {
    CHECK(unshare(CLONE_FS | CLONE_FILES) == 0 && chdir("/tmp") == 0 && dup2(0, 78) == 78);
    pid_t child = fork();
    if (child == 0) _exit(is_open(78) && is_link_to("/proc/self/cwd", "/tmp") ? 0 : 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void forks(void) {
    CHECK(chdir("/") == 0);
    in_thread(fork_there);
    CHECK(!is_open(78));
}

static pid_t orphan;
static void make_orphan(void) {
    int ready[2];
    char byte;
    CHECK(pipe(ready) == 0);
    orphan = fork();
    if (orphan == 0) {
        CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
        CHECK(write(ready[1], "x", 1) == 1);
        for (;;) pause();
    }
    CHECK(read(ready[0], &byte, 1) == 1);
}

static void ask_for_death_signal(void) {
    int signal = -1;
    CHECK(prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == 0);
    CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0);
}

// The parent that the signal is about is the thread.
static void parents_end(void) {
    int status, signal = -1;
    in_thread(make_orphan);
    CHECK(waitpid(orphan, &status, 0) == orphan && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
    in_thread(ask_for_death_signal);
    CHECK(prctl(PR_GET_PDEATHSIG, &signal) == 0 && signal == 0);
}

static pid_t made_by_first;
static void wait_for_own(void) {
    CHECK_ERRNO(waitpid(made_by_first, NULL, __WNOTHREAD), ECHILD);
    CHECK_ERRNO(waitpid(-1, NULL, __WNOTHREAD | WNOHANG), ECHILD);
}
static void leave_one(void) {
    made_by_first = fork();
    if (made_by_first == 0) _exit(5);
}

static void own_children(void) {
    int status;
    made_by_first = fork();
    if (made_by_first == 0) _exit(4);
    in_thread(wait_for_own);
    CHECK(waitpid(-1, &status, __WNOTHREAD) == made_by_first && WEXITSTATUS(status) == 4);
    in_thread(leave_one);
    CHECK(waitpid(-1, &status, __WNOTHREAD) == made_by_first && WEXITSTATUS(status) == 5);
}

int main(int count, char** arguments) {
    if (count > 1) return is_open(78) && is_link_to("/proc/self/cwd", "/tmp") ? 0 : 1;
    char path[PATH_MAX];
    CHECK(realpath("/proc/self/exe", path));
    self = path;
    (void)arguments;
    in_child(directories, "directories");
    in_child(descriptors, "descriptors");
    in_child(first_ends, "the first ends");
    in_child(without_flags, "without flags");
    in_child(executes, "execve");
    in_child(forks, "fork");
    in_child(parents_end, "death signals");
    in_child(own_children, "own children");
    return 0;
}
