// Preloaded into occlum: a host that takes a second for each fsync, for each read of a file named *.slow each write to one named *.put and each close of one named *.shut, and for
// whatever it is asked about a name that ends in .away. With SLOW_WHEN in the environment: reads are slow only while there is a file of that name. With
// SLOW_MS: it takes so long instead, less than a second. With HOST_JITTER: every call takes up to so many microseconds longer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void dawdle(void) {
    const int error = errno;
    const char* ms = getenv("SLOW_MS");
    struct timespec left = {.tv_sec = ms == NULL, .tv_nsec = ms == NULL ? 0 : 1000000L * atoi(ms)};
    while (nanosleep(&left, &left) != 0) continue;
    errno = error;
}

static int ends(const char* name, size_t length, const char* with) {
    const size_t end = strlen(with);
    return length > end && memcmp(name + length - end, with, end) == 0;
}

static int named(int fd, const char* with) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, name, sizeof name);
    return length > 0 && ends(name, (size_t)length, with);
}

static void jitter(void) {
    static unsigned state;
    const char* most = getenv("HOST_JITTER");
    if (most == NULL || atoi(most) == 0) return;
    const unsigned chance = __atomic_add_fetch(&state, 2654435761u, __ATOMIC_RELAXED) >> 8;
    const struct timespec time = {.tv_nsec = 1000L * (chance % (unsigned)atoi(most))};
    const int error = errno;
    nanosleep(&time, NULL);
    errno = error;
}

static void dawdle_about(const char* name) {
    jitter();
    if (ends(name, strlen(name), ".away")) dawdle();
}

int fsync(int fd) {
    long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
    dawdle();
    return (int)real(SYS_fsync, fd);
}

ssize_t pread(int fd, void* to, size_t size, off_t offset) {
    ssize_t (*real)(int, void*, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
    const char* when = getenv("SLOW_WHEN");
    jitter();
    if (named(fd, ".slow") && (when == NULL || access(when, F_OK) == 0)) dawdle();
    return real(fd, to, size, offset);
}

ssize_t pwrite(int fd, const void* from, size_t size, off_t offset) {
    ssize_t (*real)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    jitter();
    if (named(fd, ".put")) dawdle();
    return real(fd, from, size, offset);
}

int close(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    // Only a file that was open for its contents has something to write back.
    if (named(fd, ".shut") && !(fcntl(fd, F_GETFL) & O_PATH)) dawdle();
    return real(fd);
}

int mkdirat(int at, const char* name, mode_t mode) {
    int (*real)(int, const char*, mode_t) = dlsym(RTLD_NEXT, "mkdirat");
    dawdle_about(name);
    return real(at, name, mode);
}

int renameat(int from, const char* name, int to, const char* new_name) {
    int (*real)(int, const char*, int, const char*) = dlsym(RTLD_NEXT, "renameat");
    dawdle_about(new_name);
    return real(from, name, to, new_name);
}

int unlinkat(int at, const char* name, int flags) {
    int (*real)(int, const char*, int) = dlsym(RTLD_NEXT, "unlinkat");
    dawdle_about(name);
    return real(at, name, flags);
}

// openat2 and getdents64 have no functions of their own.
long syscall(long number, ...) {
    long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; ++i) a[i] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_openat2) dawdle_about((const char*)a[1]);
    if (number == SYS_getdents64 && named((int)a[0], ".away")) dawdle();
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
