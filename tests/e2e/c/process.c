// fork, exec, wait: statuses of every kind, orphans, zombies, pipes between processes, close-on-exec.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

extern char** environ;
static char* self;
static void nap(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}
static int run(char* const args[]) {
    pid_t child = fork();
    if (child == 0) {
        execv(args[0], args);
        _exit(errno == ENOENT ? 127 : 126);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void statuses(void) {
    for (int code = 0; code < 256; code += 51) {
        pid_t child = fork();
        if (child == 0) _exit(code);
        int status;
        CHECK(wait(&status) == child && WIFEXITED(status) && WEXITSTATUS(status) == code);
    }
    pid_t child = fork();
    if (child == 0) abort();
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_ERRNO(waitpid(child, &status, 0), ECHILD);
    CHECK_ERRNO(wait(NULL), ECHILD);
    child = fork();
    if (child == 0) {
        nap(50);
        _exit(3);
    }
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    siginfo_t info = {0};
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 3);
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child);
    child = fork();
    if (child == 0)
        for (;;) pause();
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(kill(child, SIGCONT) == 0 && waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    CHECK(kill(child, SIGTERM) == 0 && waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGTERM);
    struct rusage usage;
    child = fork();
    if (child == 0) _exit(9);
    CHECK(wait4(-1, &status, 0, &usage) == child && WEXITSTATUS(status) == 9);
    puts("statuses ok");
}

static void orphans(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        pid_t middle = getpid();
        if (fork() == 0) {
            while (getppid() == middle) nap(1);
            CHECK(write(ends[1], "orphan", 6) == 6);
            _exit(0);
        }
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    char text[7] = "";
    CHECK(read(ends[0], text, 6) == 6 && strcmp(text, "orphan") == 0);
    close(ends[0]), close(ends[1]);
    signal(SIGCHLD, SIG_IGN);
    child = fork();
    if (child == 0) _exit(0);
    CHECK_ERRNO(waitpid(child, NULL, 0), ECHILD);
    signal(SIGCHLD, SIG_DFL);
    puts("orphans ok");
}

static void pipelines(void) {
    int previous = -1;
    for (int stage = 0; stage < 10; stage++) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        if (fork() == 0) {
            char buffer[1024];
            close(ends[0]);
            if (stage == 0) {
                for (int i = 0; i < 10000; i++) dprintf(ends[1], "%d\n", i);
            } else {
                for (ssize_t n; (n = read(previous, buffer, sizeof buffer)) > 0;) {
                    for (ssize_t i = 0; i < n; i++)
                        if (buffer[i] >= '0' && buffer[i] <= '9') buffer[i] = (char)('0' + (buffer[i] - '0' + 1) % 10);
                    CHECK(write(ends[1], buffer, (size_t)n) == n);
                }
            }
            _exit(0);
        }
        close(ends[1]);
        if (previous >= 0) close(previous);
        previous = ends[0];
    }
    unsigned sum = 0, bytes = 0;
    char buffer[4096];
    for (ssize_t n; (n = read(previous, buffer, sizeof buffer)) > 0; bytes += (unsigned)n)
        for (ssize_t i = 0; i < n; i++) sum = sum * 31 + (unsigned char)buffer[i];
    close(previous);
    while (wait(NULL) > 0) continue;
    printf("pipeline %u %u\n", bytes, sum);
}

static void execs(void) {
    char* const hello[] = {self, "exit", "42", NULL};
    CHECK(run(hello) == 42);
    char* const missing[] = {"/no/such/program", NULL};
    CHECK(run(missing) == 127);
    char* const folder[] = {"/", NULL};
    CHECK(run(folder) == 126);
    int file = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    dprintf(file, "#!%s exit\n", self);
    close(file);
    char* const script[] = {"./script", NULL};
    CHECK(run(script) == 77);
    CHECK(chmod("script", 0600) == 0);
    unlink("script");
    int kept = open("/dev/null", O_RDONLY), closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char a[12], b[12];
    snprintf(a, sizeof a, "%d", kept), snprintf(b, sizeof b, "%d", closed);
    char* const fds[] = {self, "fds", a, b, NULL};
    CHECK(run(fds) == 0);
    setenv("PASSED", "on", 1);
    char* const env[] = {self, "env", NULL};
    CHECK(run(env) == 0);
    pid_t child = fork();
    if (child == 0) {
        char* const none[] = {"A=1", NULL};
        char* const args[] = {self, "count", NULL};
        execve(self, args, none);
        _exit(1);
    }
    int status;
    CHECK(wait(&status) == child && WEXITSTATUS(status) == 1);
    signal(SIGUSR1, SIG_IGN);
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    char* const inherited[] = {self, "signals", NULL};
    CHECK(run(inherited) == 0);
    char* many[2002];
    for (int i = 0; i < 2000; i++) many[i] = "argument";
    many[0] = self, many[1] = "arguments", many[2000] = NULL;
    CHECK(run(many) == 2000 % 256);
    CHECK(run((char* const[]){self, "again", "30", NULL}) == 5);
    puts("execs ok");
}

static int child_main(int argc, char** argv) {
    if (strcmp(argv[1], "exit") == 0) return argc > 2 && argv[2][0] != '.' ? atoi(argv[2]) : 77;
    if (strcmp(argv[1], "fds") == 0) return !(fcntl(atoi(argv[2]), F_GETFD) >= 0 && fcntl(atoi(argv[3]), F_GETFD) == -1);
    if (strcmp(argv[1], "env") == 0) return !(getenv("PASSED") && strcmp(getenv("PASSED"), "on") == 0);
    if (strcmp(argv[1], "count") == 0) {
        int n = 0;
        while (environ[n]) n++;
        return n;
    }
    if (strcmp(argv[1], "arguments") == 0) return argc % 256;
    if (strcmp(argv[1], "again") == 0) {
        int left = atoi(argv[2]);
        if (left == 0) return 5;
        char text[12];
        snprintf(text, sizeof text, "%d", left - 1);
        execl(argv[0], argv[0], "again", text, (char*)NULL);
        return 1;
    }
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    struct sigaction ignored;
    sigaction(SIGUSR1, NULL, &ignored);
    return !(sigismember(&set, SIGUSR2) && ignored.sa_handler == SIG_IGN);
}

int main(int argc, char** argv) {
    self = argv[0];
    if (argc > 1) return child_main(argc, argv);
    statuses();
    orphans();
    pipelines();
    execs();
    puts("process ok");
}
