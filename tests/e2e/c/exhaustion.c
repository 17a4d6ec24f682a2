// Running out: memory (ENOMEM, and the program goes on), address space limit, file size limit, processes stay usable.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

int main(void) {
    CHECK(malloc((size_t)1 << 46) == NULL && errno == ENOMEM);
    CHECK(mmap(NULL, (size_t)1 << 45, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
    struct rlimit limit = {256 << 20, 256 << 20};
    pid_t child = fork();
    if (child == 0) {
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        size_t blocks = 0;
        while (malloc(1 << 20)) blocks++;
        CHECK(errno == ENOMEM && blocks > 50 && blocks < 257);
        CHECK(mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
        _exit(5);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 5);
    child = fork();
    if (child == 0) {
        struct rlimit size = {10000, 10000};
        CHECK(setrlimit(RLIMIT_FSIZE, &size) == 0);
        signal(SIGXFSZ, SIG_IGN);
        int fd = open("limited", O_RDWR | O_CREAT, 0600);
        static char block[6000];
        CHECK(write(fd, block, 6000) == 6000 && write(fd, block, 6000) == 4000);
        CHECK_ERRNO(write(fd, block, 1), EFBIG);
        CHECK_ERRNO(ftruncate(fd, 10001), EFBIG);
        CHECK_ERRNO(truncate("limited", 20000), EFBIG);
        CHECK_ERRNO(fallocate(fd, 0, 5000, 6000), EFBIG);
        CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 10000) == 0 && fallocate(fd, 0, 0, 10000) == 0);
        unlink("limited");
        _exit(6);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 6);
    if (geteuid() == 0 && (child = fork()) == 0) {
        struct rlimit locked = {65536, 65536};
        char* memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(mlock(memory, 1 << 20) == 0 && munlock(memory, 1 << 20) == 0);
        CHECK(setrlimit(RLIMIT_MEMLOCK, &locked) == 0 && setresuid(1000, 1000, 1000) == 0);
        CHECK(mlock(memory, 4096) == 0);
        CHECK_ERRNO(mlock(memory, 1 << 20), ENOMEM);
        CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
        CHECK(munlockall() == 0);
        locked.rlim_cur = 0;
        CHECK(setrlimit(RLIMIT_MEMLOCK, &locked) == 0);
        CHECK_ERRNO(mlock(memory, 4096), EPERM);
        _exit(6);
    }
    if (geteuid() == 0) CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 6);
    struct rlimit queues = {100000, 100000};
    struct mq_attr shape = {.mq_maxmsg = 10, .mq_msgsize = 8000};
    if ((child = fork()) == 0) {
        CHECK(setrlimit(RLIMIT_MSGQUEUE, &queues) == 0);
        CHECK(mq_open("/exhaustion1", O_RDWR | O_CREAT, 0600, &shape) != (mqd_t)-1);
        CHECK_ERRNO(mq_open("/exhaustion2", O_RDWR | O_CREAT, 0600, &shape), EMFILE);
        _exit(mq_unlink("/exhaustion1"));
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    int full = open("/dev/full", O_WRONLY);
    CHECK_ERRNO(write(full, "x", 1), ENOSPC);
    char* p = malloc(50 << 20);
    CHECK(p);
    memset(p, 1, 50 << 20);
    CHECK(p[(50 << 20) - 1] == 1);
    puts("exhaustion ok");
}
