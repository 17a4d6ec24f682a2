// mlock(2), mlock2(2), mlockall(2): what is locked counts against RLIMIT_MEMLOCK once, is resident, shows in /proc, and is not inherited.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

enum { kPage = 4096 };

static long status_kb(const char* field) {
    char line[256];
    long value = -1;
    FILE* file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0) sscanf(line + strlen(field), ": %ld", &value);
    fclose(file);
    return value;
}

static char* memory(size_t pages, int protection, int flags) {
    char* at = mmap(NULL, pages * kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static int resident(char* at, size_t pages) {
    unsigned char state[64];
    CHECK(mincore(at, pages * kPage, state) == 0);
    int count = 0;
    for (size_t i = 0; i < pages; ++i) count += state[i] & 1;
    return count;
}

static void as_root(void) {
    char* at = memory(16, PROT_READ | PROT_WRITE, 0);
    CHECK(mlock(at + 100, 2 * kPage) == 0 && status_kb("VmLck") == 12 && resident(at, 3) == 3);
    CHECK(mlock(at, 16 * kPage) == 0 && status_kb("VmLck") == 64);
    CHECK(munlock(at + 4 * kPage, 4 * kPage) == 0 && status_kb("VmLck") == 48);
    pid_t child = fork();
    if (child == 0) _exit(status_kb("VmLck") == 0 ? 0 : 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_ERRNO(madvise(at, 16 * kPage, MADV_DONTNEED), EINVAL);
    CHECK_ERRNO(msync(at, kPage, MS_INVALIDATE), EBUSY);
    CHECK(munmap(at, 8 * kPage) == 0 && status_kb("VmLck") == 32);
    CHECK_ERRNO(mlock(at + 7 * kPage, 2 * kPage), ENOMEM);  // not mapped
    CHECK_ERRNO(munlock(at, kPage), ENOMEM);
    CHECK(munlockall() == 0 && status_kb("VmLck") == 0);
    CHECK(mlock(at + 8 * kPage, 0) == 0);
    CHECK_ERRNO(mlock((void*)-4096L, 8192), EINVAL);
    char* none = memory(4, PROT_NONE, 0);
    CHECK_ERRNO(mlock(none, kPage), ENOMEM);
    char* later = memory(4, PROT_READ | PROT_WRITE, 0);
    CHECK(syscall(SYS_mlock2, later, 4 * kPage, 1L) == 0 && resident(later, 4) == 0);
    CHECK_ERRNO(syscall(SYS_mlock2, later, kPage, 2L), EINVAL);
    CHECK_ERRNO(mlockall(0), EINVAL);
    CHECK_ERRNO(mlockall(4), EINVAL);
    CHECK_ERRNO(mlockall(8), EINVAL);
    CHECK(munlockall() == 0 && mlockall(MCL_FUTURE) == 0);
    char* future = memory(8, PROT_READ | PROT_WRITE, 0);
    CHECK(future && resident(future, 8) == 8 && status_kb("VmLck") >= 32);
    CHECK(munlockall() == 0 && status_kb("VmLck") == 0);
}

static void limited(void) {
    struct rlimit limit = {16 * kPage, 16 * kPage};
    CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && setresuid(1000, 1000, 1000) == 0);
    char* at = memory(32, PROT_READ | PROT_WRITE, 0);
    CHECK(mlock(at, 10 * kPage) == 0 && mlock(at, 10 * kPage) == 0);  // twice is once
    CHECK_ERRNO(mlock(at + 10 * kPage, 7 * kPage), ENOMEM);
    CHECK(mlock(at + 4 * kPage, 12 * kPage) == 0);
    CHECK_ERRNO(mlock(at + 20 * kPage, 1), ENOMEM);
    errno = 0;
    CHECK(memory(1, PROT_READ, MAP_LOCKED) == NULL && errno == EAGAIN);
    errno = 0;
    CHECK(mremap(at, 16 * kPage, 40 * kPage, MREMAP_MAYMOVE) == MAP_FAILED && errno == EAGAIN);
    CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
    CHECK(munlock(at, 16 * kPage) == 0 && memory(4, PROT_READ, MAP_LOCKED) != NULL && status_kb("VmLck") == 16);
    CHECK(munlockall() == 0 && mlockall(MCL_FUTURE) == 0);
    CHECK(memory(8, PROT_READ | PROT_WRITE, 0) != NULL);
    errno = 0;
    CHECK(memory(32, PROT_READ | PROT_WRITE, 0) == NULL && errno == EAGAIN);
    limit.rlim_cur = 0;
    CHECK(munlockall() == 0 && setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
    CHECK_ERRNO(mlock(at, kPage), EPERM);
    CHECK_ERRNO(mlockall(MCL_FUTURE), EPERM);
    CHECK_ERRNO(syscall(SYS_mmap, 0L, (long)kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1L, 0L), EPERM);
    CHECK(munlock(at, kPage) == 0);
}

int main(void) {
    NEED(geteuid() == 0);
    as_root();
    limited();
    puts("ok");
    return 0;
}
