// Preloaded into the host's process: keeps what it writes to the files of a store (RECORD_STORE and names that start so), its flushes, and what it prints, in
// one order, in the file RECORD_LOG. Records: { u8 kind, u8 file, u16 0, u32 size, u64 number, u64 offset } and `size` bytes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kWriteStarts = 1, kWriteEnds, kFlushStarts, kFlushEnds, kPrinted };
struct record {
    uint8_t kind, file;
    uint16_t none;
    uint32_t size;
    uint64_t number, offset;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last;
static int log_file = -1;

static ssize_t real_write(int fd, const void* bytes, size_t size) {
    static ssize_t (*function)(int, const void*, size_t);
    if (!function) function = (ssize_t (*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
    return function(fd, bytes, size);
}

static uint64_t keep(uint8_t kind, int file, uint64_t number, uint64_t offset, const void* bytes, size_t size) {
    pthread_mutex_lock(&lock);
    if (log_file < 0) log_file = open(getenv("RECORD_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!number) number = ++last;
    struct record record = {kind, (uint8_t)file, 0, (uint32_t)size, number, offset};
    if (real_write(log_file, &record, sizeof record) != sizeof record || (size && real_write(log_file, bytes, size) != (ssize_t)size)) _exit(99);
    pthread_mutex_unlock(&lock);
    return number;
}

// 0: the store, 1: its version, -1: neither.
static int store_file(int fd) {
    const char* store = getenv("RECORD_STORE");
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!store || length < 0) return -1;
    path[length] = 0;
    if (strncmp(path, store, strlen(store))) return -1;
    return path[strlen(store)] ? 1 : 0;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    static ssize_t (*function)(int, const void*, size_t, off_t);
    if (!function) function = (ssize_t (*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    int file = store_file(fd);
    if (file < 0) return function(fd, bytes, size, offset);
    uint64_t number = keep(kWriteStarts, file, 0, (uint64_t)offset, bytes, size);
    ssize_t put = function(fd, bytes, size, offset);
    keep(kWriteEnds, file, number, 0, NULL, 0);
    return put;
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) { return pwrite(fd, bytes, size, offset); }

int fsync(int fd) {
    static int (*function)(int);
    if (!function) function = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int file = store_file(fd);
    if (file < 0) return function(fd);
    uint64_t number = keep(kFlushStarts, file, 0, 0, NULL, 0);
    int result = function(fd);
    keep(kFlushEnds, file, number, 0, NULL, 0);
    return result;
}

ssize_t write(int fd, const void* bytes, size_t size) {
    if (fd == 1 && getenv("RECORD_STORE")) keep(kPrinted, 0, 0, 0, bytes, size);
    return real_write(fd, bytes, size);
}
