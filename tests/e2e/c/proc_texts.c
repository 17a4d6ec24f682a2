// Files of /proc that are kept open and read again, and those that take a value.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "check.h"

static char state(int status) {
    char text[4096];
    ssize_t size = pread(status, text, sizeof text - 1, 0);
    CHECK(size > 0);
    text[size] = 0;
    const char *line = strstr(text, "State:");
    CHECK(line);
    return line[7];
}

static void read_again(void) {
    int wait_for[2];
    CHECK(pipe(wait_for) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char byte;
        close(wait_for[1]);
        _exit(read(wait_for[0], &byte, 1) != 0);
    }
    close(wait_for[0]);
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/status", child);
    int status = open(name, O_RDONLY), how;
    CHECK(status >= 0);
    while (state(status) != 'S') usleep(1000);
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &how, WUNTRACED) == child && WIFSTOPPED(how));
    CHECK(state(status) == 'T');
    CHECK(kill(child, SIGCONT) == 0 && waitpid(child, &how, WCONTINUED) == child && WIFCONTINUED(how));
    while (state(status) != 'S') usleep(1000);
    close(wait_for[1]);
    CHECK(waitpid(child, &how, 0) == child && how == 0);
    char text[64];
    CHECK_ERRNO(pread(status, text, sizeof text, 0), ESRCH);
    close(status);
}

static int number(const char *name) {
    char text[32] = "";
    int file = open(name, O_RDONLY);
    CHECK(file >= 0 && read(file, text, sizeof text - 1) > 0);
    close(file);
    return atoi(text);
}

static long put(const char *name, const char *text) {
    int file = open(name, O_WRONLY);
    CHECK(file >= 0);
    long done = write(file, text, strlen(text));
    int error = errno;
    close(file);
    errno = error;
    return done;
}

static void rank_of_memory(void) {
    const char *adjust = "/proc/self/oom_score_adj";
    if (number(adjust) > 500) return;  // only a privileged process may go below what is set
    CHECK(put(adjust, "500\n") == 4 && number(adjust) == 500 && number("/proc/self/oom_adj") == 8);
    CHECK_ERRNO(put(adjust, "1001"), EINVAL);
    CHECK_ERRNO(put(adjust, "many"), EINVAL);
    CHECK(put(adjust, "1000") == 4 && number("/proc/self/oom_adj") == 15);
    pid_t child = fork();
    if (child == 0) _exit(number(adjust) != 1000);
    int how;
    CHECK(waitpid(child, &how, 0) == child && how == 0);
}

static void entropy(void) {
    int file = open("/dev/urandom", O_RDONLY), bits = -1;
    CHECK(file >= 0 && ioctl(file, 0x80045200 /* RNDGETENTCNT */, &bits) == 0 && bits >= 0);
    CHECK_ERRNO(ioctl(file, 12345), EINVAL);
    close(file);
}

int main(void) {
    read_again();
    rank_of_memory();
    entropy();
    printf("done\n");
    return 0;
}
