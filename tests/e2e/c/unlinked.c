// A file without a name gives its space back when the last descriptor goes, and not before.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/statvfs.h>

#include "check.h"

enum { kSize = 16 << 20, kNoise = 4 << 20 };

static long free_bytes(void) {
    struct statvfs info;
    CHECK(statvfs("/dev/shm", &info) == 0);
    return (long)(info.f_bfree * info.f_frsize);
}

static int full_file(const char* path) {
    static char block[1 << 16];
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    for (int done = 0; done < kSize; done += (int)sizeof block) CHECK(write(fd, block, sizeof block) == sizeof block);
    return fd;
}

static void check_taken(long before) { CHECK(before - free_bytes() > kSize - kNoise); }
static void check_back(long before) { CHECK(before - free_bytes() < kNoise); }

// O_TMPFILE: may be given a name, unless it was opened to have none.
static void check_unnamed(const char* name) {
    char link[64];
    for (int exclusive = 0; exclusive < 2; exclusive++) {
        const int fd = open("/dev/shm", O_TMPFILE | O_RDWR | (exclusive ? O_EXCL : 0), 0600);
        CHECK(fd >= 0);
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        const int made = linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
        CHECK(exclusive ? made == -1 && errno == ENOENT : made == 0 && unlink(name) == 0);
        CHECK(close(fd) == 0);
    }
    puts("never named");
}

int main(void) {
    char one[64], other[64];
    snprintf(one, sizeof one, "/dev/shm/one.%d", getpid());
    snprintf(other, sizeof other, "/dev/shm/other.%d", getpid());
    const long before = free_bytes();

    int fd = full_file(one);
    check_taken(before);
    CHECK(unlink(one) == 0);
    check_taken(before);
    CHECK(close(fd) == 0);
    check_back(before);
    puts("unlinked, then closed");

    CHECK(close(full_file(one)) == 0 && unlink(one) == 0);
    check_back(before);
    puts("closed, then unlinked");

    CHECK(close(full_file(one)) == 0 && close(open(other, O_RDWR | O_CREAT, 0600)) == 0);
    CHECK(rename(other, one) == 0);
    check_back(before);
    CHECK(unlink(one) == 0);
    puts("replaced by a rename");
    check_unnamed(other);
    return 0;
}
