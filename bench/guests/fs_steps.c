// fs_steps DIRECTORY STEP…: what each step on files takes, "STEP NANOSECONDS OPERATIONS" a line. `write` leaves the file that the reading steps want.
#define WITH_ARGUMENT
#define main unused_main
#include "bench.h"
#undef main
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { kBlock = 4096, kChunk = 128 << 10, kRandom = 20000, kSyncs = 200, kFiles = 100000, kWarm = 32 << 20 };
static const uint64_t kLarge = 1ull << 30;
static char bytes[kChunk];
static uint32_t chance = 1;

uint64_t work(void) { return 0; }
static void die(const char* what) {
    perror(what);
    exit(1);
}
static void must(int good, const char* what) {
    if (!good) die(what);
}
static int file(int flags) {
    int fd = open("large", flags, 0644);
    must(fd >= 0, "large");
    return fd;
}
static uint64_t write_large(void) {
    int fd = file(O_WRONLY | O_CREAT | O_TRUNC);
    for (uint64_t at = 0; at < kLarge; at += kChunk) {
        memset(bytes, (int)(at / kChunk), kBlock);  // no two chunks are equal
        must(write(fd, bytes, kChunk) == kChunk, "write");
    }
    must(fsync(fd) == 0, "fsync");
    close(fd);
    return kLarge / kBlock;
}
static uint64_t read_large(void) {
    int fd = file(O_RDONLY);
    for (uint64_t at = 0; at < kLarge; at += kChunk) must(read(fd, bytes, kChunk) == kChunk, "read");
    close(fd);
    return kLarge / kBlock;
}
static uint64_t random_read(uint64_t range) {
    int fd = file(O_RDONLY);
    for (int i = 0; i < kRandom; i++)
        must(pread(fd, bytes, kBlock, (off_t)(next_random(&chance) % (range / kBlock) * kBlock)) == kBlock, "pread");
    close(fd);
    return kRandom;
}
static uint64_t read_cold(void) { return random_read(kLarge); }
static uint64_t read_warm(void) { return random_read(kWarm); }
static uint64_t touch_warm(void) {
    int fd = file(O_RDONLY);
    for (uint64_t at = 0; at < kWarm; at += kChunk) must(pread(fd, bytes, kChunk, (off_t)at) == kChunk, "pread");
    close(fd);
    return kWarm / kBlock;
}
static uint64_t random_write(void) {
    int fd = file(O_WRONLY);
    for (int i = 0; i < kRandom; i++)
        must(pwrite(fd, bytes, kBlock, (off_t)(next_random(&chance) % (kLarge / kBlock) * kBlock)) == kBlock, "pwrite");
    must(fsync(fd) == 0, "fsync");
    close(fd);
    return kRandom;
}
static uint64_t sync_each(void) {
    int fd = open("synced", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < kSyncs; i++) must(write(fd, bytes, kBlock) == kBlock && fsync(fd) == 0, "fsync");
    close(fd);
    return kSyncs;
}
static const char* name_of(int i) {
    static char name[32];
    snprintf(name, sizeof name, "d%02d/f%05d", i % 100, i);
    return name;
}
static uint64_t create(void) {
    for (int i = 0; i < 100; i++) {
        char folder[8];
        snprintf(folder, sizeof folder, "d%02d", i);
        mkdir(folder, 0755);
    }
    for (int i = 0; i < kFiles; i++) {
        int fd = open(name_of(i), O_WRONLY | O_CREAT | O_EXCL, 0644);
        must(fd >= 0 && write(fd, bytes, 1000) == 1000, "create");
        close(fd);
    }
    return kFiles;
}
static uint64_t stat_all(void) {
    struct stat st;
    for (int i = 0; i < kFiles; i++) must(stat(name_of(i), &st) == 0 && st.st_size == 1000, "stat");
    return kFiles;
}
static uint64_t remove_all(void) {
    for (int i = 0; i < kFiles; i++) must(unlink(name_of(i)) == 0, "unlink");
    return kFiles;
}
// Blocks in use, as a number of operations.
static uint64_t blocks_used(void) {
    struct statfs fs;
    must(statfs(".", &fs) == 0, "statfs");
    return (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize / kBlock;
}

static const struct {
    const char* name;
    uint64_t (*run)(void);
} kSteps[] = {{"write", write_large}, {"read", read_large}, {"read-cold", read_cold}, {"touch", touch_warm}, {"read-warm", read_warm},
              {"random-write", random_write}, {"fsync", sync_each}, {"create", create}, {"stat", stat_all}, {"unlink", remove_all}, {"used", blocks_used}};

int main(int argc, char** argv) {
    must(argc > 2 && chdir(argv[1]) == 0, "chdir");
    chance = (uint32_t)getpid();
    for (int i = 2; i < argc; i++)
        for (unsigned step = 0; step < sizeof kSteps / sizeof *kSteps; step++) {
            if (strcmp(argv[i], kSteps[step].name)) continue;
            uint64_t start = now_ns(), operations = kSteps[step].run();
            printf("%s %llu %llu\n", argv[i], (unsigned long long)(now_ns() - start), (unsigned long long)operations);
        }
}
