// Corner cases of file calls: who may look a name up, what openat2 refuses, set-id bits, transfers that would
// wait.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "check.h"

static void make(const char* path, int mode) {
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, "hello world", 11) == 11 && fchmod(fd, mode) == 0 && close(fd) == 0);
}

// A directory that may be written but not searched gives nothing away.
static void unsearchable(void) {
    CHECK(mkdir("closed", 0700) == 0);
    make("closed/there", 0644);
    CHECK(chmod(".", 0777) == 0);
    fflush(stdout);
    if (fork() == 0) {
        NEED(setgid(65534) == 0 && setuid(65534) == 0);
        CHECK_ERRNO(unlink("closed/absent"), EACCES);
        CHECK_ERRNO(rmdir("closed/absent"), EACCES);
        CHECK_ERRNO(rename("closed/absent", "x"), EACCES);
        CHECK_ERRNO(mkdir("closed/there", 0700), EACCES);
        // What an unprivileged user changes is not set-id any more.
        make("program", 06777);
        struct stat s;
        int fd = open("program", O_RDWR);
        CHECK(ftruncate(fd, 3) == 0 && fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0777);
        CHECK(fchmod(fd, 06777) == 0 && close(open("program", O_WRONLY | O_TRUNC)) == 0);
        CHECK(fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0777 && unlink("program") == 0);
        _exit(0);
    }
    int status;
    CHECK(wait(&status) > 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) _exit(77);
    CHECK(status == 0 && unlink("closed/there") == 0 && rmdir("closed") == 0);
}

struct open_how_2 {
    unsigned long flags, mode, resolve;
};
#define RESOLVE_BENEATH_2 8
#define RESOLVE_IN_ROOT_2 16

static long open2(const char* path, unsigned long flags, unsigned long resolve, size_t size) {
    struct {
        struct open_how_2 how;
        char more[40];
    } wide = {.how = {.flags = flags, .resolve = resolve}};
    long fd = syscall(437 /* openat2 */, AT_FDCWD, path, &wide, size);
    if (fd >= 0) close((int)fd);
    return fd < 0 ? -1 : 0;
}

static void opening(void) {
    make("f", 0644);
    size_t size = sizeof(struct open_how_2);
    CHECK(open2("f", O_RDONLY, 0, size) == 0 && open2("f", O_RDONLY, 0, size + 8) == 0);
    CHECK_ERRNO(open2("f", O_PATH | O_RDWR, 0, size), EINVAL);
    CHECK_ERRNO(open2("f", O_RDONLY, RESOLVE_BENEATH_2 | RESOLVE_IN_ROOT_2, size), EINVAL);
    int path = open("f", O_PATH);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, path, 0) == MAP_FAILED && errno == EBADF);
    close(path);
    char text[8];
    CHECK_ERRNO(syscall(SYS_readlinkat, AT_FDCWD, "", text, 8), ENOENT);
    struct timespec omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}}, some[2] = {{1, 0}, {1, 0}};
    CHECK(utimensat(AT_FDCWD, "absent", omit, 0) == 0);
    int fd = open("f", O_RDWR);
    CHECK_ERRNO(syscall(SYS_utimensat, fd, NULL, some, AT_SYMLINK_NOFOLLOW), EINVAL);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    loff_t size_told = 0;
    CHECK(ioctl(fd, FIOQSIZE, &size_told) == 0 || errno == EINVAL);  // not every file system says
    CHECK_ERRNO(fcntl(fd, F_SETOWN, 0x80000000), EINVAL);
    close(fd);
}

// preadv2(2) and pwritev2(2), which not every C library has.
enum { kDataSync = 2, kNoWait = 8, kAppend = 16 };
static long moved(long call, int fd, struct iovec* piece, long offset, int flags) {
    return syscall(call, fd, piece, 1L, offset, 0L, flags);
}

static void transfers(void) {
    int fd = open("f", O_RDWR), appending = open("f", O_WRONLY | O_APPEND), ends[2];
    char text[16];
    CHECK(pipe(ends) == 0);
    CHECK_ERRNO(read(fd, text, (size_t)-1), EFAULT);
    struct iovec half[2] = {{"ab", 2}, {(void*)0x1000, 3}}, whole = {text, 4};
    CHECK(pwritev(fd, half, 2, 0) == 2);
    CHECK_ERRNO(writev(ends[1], half, 2), EFAULT);
    CHECK_ERRNO(moved(SYS_preadv2, ends[0], &whole, -1, kNoWait), EAGAIN);
    struct iovec more = {"ZZ", 2};
    CHECK(moved(SYS_pwritev2, fd, &more, 0, kAppend) == 2 && lseek(fd, 0, SEEK_CUR) == 0 &&
          lseek(fd, 0, SEEK_END) == 13);
    CHECK(moved(SYS_pwritev2, fd, &more, 0, kDataSync) == 2 && pread(fd, text, 2, 0) == 2 &&
          memcmp(text, "ZZ", 2) == 0);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK_ERRNO(splice(ends[0], NULL, appending, NULL, 1, 0), EINVAL);
    loff_t from = 0, to = 2;
    CHECK(copy_file_range(fd, &from, fd, &to, 2, 0) == 2);
    from = 0, to = 2;
    CHECK_ERRNO(copy_file_range(fd, &from, fd, &to, 8, 0), EINVAL);
    // Nothing is lost when nobody reads the other end.
    int broken[2];
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(broken) == 0 && close(broken[0]) == 0);
    CHECK_ERRNO(splice(ends[0], NULL, broken[1], NULL, 1, 0), EPIPE);
    CHECK(read(ends[0], text, 4) == 1);
    CHECK_ERRNO(readahead(ends[0], 0, 1), EINVAL);
    CHECK(posix_fadvise(fd, 0, -1, 0) == EINVAL);
    CHECK_ERRNO(syscall(SYS_sync_file_range, ends[0], 0L, 0L, 0), ESPIPE);
    CHECK(unlink("f") == 0);
}

int main(void) {
    umask(0);
    opening();
    transfers();
    unsearchable();
    puts("ok");
    return 0;
}
