// The file system as seen by a program: open flags, offsets, sparse files, links, names, times, directories.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "check.h"

static void put(const char* name, const char* text) {
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(close(fd) == 0);
}
static const char* get(const char* name) {
    static char text[256];
    int fd = open(name, O_RDONLY);
    if (fd < 0) return "(none)";
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    close(fd);
    return text;
}

static void offsets(void) {
    int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_ERRNO(open("f", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK(write(fd, "0123456789", 10) == 10 && lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(lseek(fd, 3, SEEK_SET) == 3 && write(fd, "abc", 3) == 3 && lseek(fd, -2, SEEK_END) == 8);
    CHECK_ERRNO(lseek(fd, -100, SEEK_CUR), EINVAL);
    char text[32];
    CHECK(pread(fd, text, 10, 0) == 10 && memcmp(text, "012abc6789", 10) == 0 && lseek(fd, 0, SEEK_CUR) == 8);
    CHECK(lseek(fd, 100000, SEEK_SET) == 100000 && read(fd, text, 5) == 0 && write(fd, "end", 3) == 3);
    struct stat st;
    CHECK(fstat(fd, &st) == 0 && st.st_size == 100003 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600 && st.st_nlink == 1);
    CHECK(pread(fd, text, 4, 50000) == 4 && memcmp(text, "\0\0\0\0", 4) == 0);
    CHECK(ftruncate(fd, 5) == 0 && pread(fd, text, 32, 0) == 5);
    CHECK(ftruncate(fd, 8) == 0 && pread(fd, text, 32, 0) == 8 && memcmp(text, "012ab\0\0\0", 8) == 0);
    struct iovec out[3] = {{"one", 3}, {"", 0}, {"three", 5}};
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, out, 3) == 8);
    char a[2], b[10];
    struct iovec in[2] = {{a, 2}, {b, 10}};
    CHECK(preadv(fd, in, 2, 0) == 8 && memcmp(a, "on", 2) == 0 && memcmp(b, "ethree", 6) == 0);
    int append = open("f", O_WRONLY | O_APPEND);
    CHECK(lseek(append, 0, SEEK_SET) == 0 && write(append, "+", 1) == 1 && lseek(append, 0, SEEK_CUR) == 9);
    CHECK_ERRNO(read(append, text, 1), EBADF);
    CHECK_ERRNO(write(append, (void*)16, 4), EFAULT);
    int other = dup(fd);
    CHECK(lseek(other, 2, SEEK_SET) == 2 && lseek(fd, 0, SEEK_CUR) == 2);
    CHECK(unlink("f") == 0 && fstat(fd, &st) == 0 && st.st_nlink == 0 && pread(fd, text, 3, 0) == 3);
    CHECK_ERRNO(open("f", O_RDONLY), ENOENT);
    close(fd), close(append), close(other);
    CHECK_ERRNO(close(fd), EBADF);
    puts("offsets ok");
}

static void names(void) {
    put("a", "first");
    put("b", "second");
    CHECK(rename("a", "b") == 0 && strcmp(get("b"), "first") == 0 && strcmp(get("a"), "(none)") == 0);
    CHECK(link("b", "c") == 0);
    struct stat st, st2;
    CHECK(stat("b", &st) == 0 && stat("c", &st2) == 0 && st.st_ino == st2.st_ino && st.st_nlink == 2);
    CHECK(rename("b", "c") == 0 && access("b", F_OK) == 0);  // same file: nothing happens
    CHECK_ERRNO(link("b", "c"), EEXIST);
    CHECK(symlink("c", "s") == 0 && lstat("s", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 1);
    char target[64];
    CHECK(readlink("s", target, sizeof target) == 1 && target[0] == 'c' && strcmp(get("s"), "first") == 0);
    CHECK_ERRNO(readlink("c", target, 64), EINVAL);
    CHECK_ERRNO(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(symlink("loop2", "loop1") == 0 && symlink("loop1", "loop2") == 0);
    CHECK_ERRNO(open("loop1", O_RDONLY), ELOOP);
    CHECK(symlink("gone", "dangling") == 0);
    CHECK_ERRNO(stat("dangling", &st), ENOENT);
    int fd = open("dangling", O_WRONLY | O_CREAT, 0600);  // creates the target
    CHECK(fd >= 0 && access("gone", F_OK) == 0);
    close(fd);
    CHECK_ERRNO(open("c/x", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("c/", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    char longest[300];
    memset(longest, 'n', 299), longest[299] = 0;
    CHECK_ERRNO(open(longest, O_RDONLY | O_CREAT, 0600), ENAMETOOLONG);
    CHECK_ERRNO(open((char*)16, O_RDONLY), EFAULT);
    CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
    CHECK_ERRNO(open("c", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERRNO(unlink("."), EISDIR);
    const char* all[] = {"b", "c", "s", "loop1", "loop2", "gone", "dangling"};
    for (int i = 0; i < 7; i++) CHECK(unlink(all[i]) == 0);
    CHECK_ERRNO(unlink("b"), ENOENT);
    puts("names ok");
}

static void attributes(void) {
    umask(027);
    int fd = open("m", O_CREAT | O_RDWR, 0666);
    struct stat st;
    CHECK(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0640);
    CHECK(fchmod(fd, 0751) == 0 && stat("m", &st) == 0 && (st.st_mode & 07777) == 0751);
    CHECK(chmod("m", 04711) == 0 && stat("m", &st) == 0 && (st.st_mode & 07777) == 04711);
    struct timespec times[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
    CHECK(futimens(fd, times) == 0 && fstat(fd, &st) == 0);
    CHECK(st.st_atim.tv_sec == 1000000000 && st.st_mtim.tv_sec == 1100000000 && st.st_mtim.tv_nsec == 987654321);
    times[0].tv_nsec = UTIME_OMIT, times[1].tv_nsec = UTIME_NOW;
    CHECK(utimensat(AT_FDCWD, "m", times, 0) == 0 && stat("m", &st) == 0 && st.st_atim.tv_sec == 1000000000 && st.st_mtim.tv_sec > 1500000000);
#ifdef STATX_BASIC_STATS
    struct statx sx;
    CHECK(statx(AT_FDCWD, "m", 0, STATX_BASIC_STATS, &sx) == 0 && (sx.stx_mode & 0777) == 0711 && sx.stx_size == 0 && sx.stx_ino == st.st_ino);
#endif
    CHECK(access("m", R_OK | W_OK) == 0 && st.st_uid == getuid() && st.st_blksize > 0);
    close(fd), unlink("m"), umask(022);
    CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode) && stat("/", &st) == 0 && S_ISDIR(st.st_mode));
    puts("attributes ok");
}

static int by_name(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }
static void folders(void) {
    CHECK(mkdir("d", 0755) == 0);
    CHECK_ERRNO(mkdir("d", 0755), EEXIST);
    CHECK_ERRNO(mkdir("no/such", 0755), ENOENT);
    char name[64];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "d/file-%03d-with-a-longer-name", i);
        put(name, "x");
    }
    CHECK(mkdir("d/sub", 0700) == 0);
    CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
    DIR* dir = opendir("d");
    CHECK(dir);
    char* found[400];
    int n = 0, dots = 0, kinds = 0;
    for (struct dirent* e; (e = readdir(dir));) {
        if (e->d_name[0] == '.') {
            dots++;
            continue;
        }
        kinds += e->d_type == DT_REG || (e->d_type == DT_DIR && strcmp(e->d_name, "sub") == 0);
        found[n++] = strdup(e->d_name);
    }
    CHECK(n == 301 && dots == 2 && kinds == 301);
    qsort(found, (size_t)n, sizeof *found, by_name);
    CHECK(strcmp(found[0], "file-000-with-a-longer-name") == 0 && strcmp(found[300], "sub") == 0);
    rewinddir(dir);
    for (int i = 0; i < 10; i++) CHECK(readdir(dir));
    long here = telldir(dir);
    char next[256];
    strcpy(next, readdir(dir)->d_name);
    for (int i = 0; i < 50; i++) CHECK(readdir(dir));
    seekdir(dir, here);
    CHECK(strcmp(readdir(dir)->d_name, next) == 0);
    int at = dirfd(dir);
    int fd = openat(at, "file-007-with-a-longer-name", O_RDONLY);
    CHECK(fd >= 0 && mkdirat(at, "inner", 0700) == 0 && renameat(at, "inner", at, "sub/moved") == 0);
    close(fd);
    CHECK_ERRNO(rename("d", "d/sub/d"), EINVAL);
    char before[PATH_MAX], after[PATH_MAX];
    CHECK(getcwd(before, sizeof before) && chdir("d/sub/moved") == 0 && getcwd(after, sizeof after));
    CHECK(strncmp(before, after, strlen(before)) == 0 && strcmp(after + strlen(before), "/d/sub/moved") == 0);
    CHECK(chdir("../../..") == 0 && getcwd(after, sizeof after) && strcmp(before, after) == 0);
    CHECK(fchdir(at) == 0 && access("sub", F_OK) == 0 && chdir(before) == 0);
    CHECK(!getcwd(after, 2) && errno == ERANGE);
    CHECK_ERRNO(chdir("d/file-000-with-a-longer-name"), ENOTDIR);
    CHECK_ERRNO(rmdir("d/file-000-with-a-longer-name"), ENOTDIR);
    for (int i = 0; i < 300; i++) CHECK(unlinkat(at, found[i], 0) == 0);
    CHECK(unlinkat(at, "sub/moved", AT_REMOVEDIR) == 0 && rmdir("d/sub") == 0);
    closedir(dir);
    CHECK(rmdir("d") == 0);
    char real[PATH_MAX];
    CHECK(mkdir("r", 0700) == 0 && symlink("r", "l") == 0 && realpath("./l/../l/.", real));
    CHECK(strcmp(real + strlen(before), "/r") == 0 && unlink("l") == 0 && rmdir("r") == 0);
    puts("folders ok");
}

// Directories may be deeper than a path can say.
static void deep(void) {
    char name[200] = {0}, where[8192];
    memset(name, 'n', sizeof name - 1);
    const int start = open(".", O_RDONLY | O_DIRECTORY);
    int depth = 0;
    for (; depth < 25; ++depth) CHECK(mkdir(name, 0755) == 0 && chdir(name) == 0);
    CHECK(syscall(SYS_getcwd, where, sizeof where) == -1 && errno == ENAMETOOLONG);
    CHECK(syscall(SYS_getcwd, where, 10) == -1 && errno == ENAMETOOLONG);
    for (; depth > 0; --depth) CHECK(chdir("..") == 0 && rmdir(name) == 0);
    CHECK(fchdir(start) == 0 && close(start) == 0);
}

int main(void) {
    offsets();
    names();
    attributes();
    folders();
    deep();
    puts("files ok");
}
