// crowd DIRECTORY PROCESSES ROUNDS: processes that make, rename, remove, list, write and read the same names at once, and check what must hold all
// the while: one that made a lock file is alone; a file that comes by rename is whole; appended records are all there; errors are those that there can be.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kBody = 5000, kRecord = 16 };
static volatile int* inside;
static unsigned state;

static unsigned chance(unsigned below) {
    state = state * 1664525 + 1013904223;
    return (state >> 10) % below;
}

static void must(int good, const char* what) {
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    _exit(1);
}

// ENOTDIR, EISDIR, ENOTEMPTY, EEXIST, ENOENT: others were there first. EPERM: there is a directory now, which has one name only.
static void may_fail(int result, const char* what) {
    const int fine = result >= 0 || errno == ENOENT || errno == EEXIST || errno == ENOTEMPTY || errno == EISDIR || errno == ENOTDIR || errno == EPERM;
    must(fine, what);
}

static void alone(void) {
    const int fd = open("lock", O_CREAT | O_EXCL | O_WRONLY, 0600);
    may_fail(fd, "lock");
    if (fd < 0) return;
    must(__sync_fetch_and_add(inside, 1) == 0, "not alone");
    close(fd);
    must(__sync_fetch_and_sub(inside, 1) == 1, "not alone any more");
    must(unlink("lock") == 0, "unlock");
}

static void replace(int self) {
    char name[32], body[kBody];
    snprintf(name, sizeof name, "new%d", self);
    memset(body, 'a' + self, sizeof body);
    const int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    must(fd >= 0 && write(fd, body, sizeof body) == kBody, name);
    close(fd);
    must(rename(name, "whole") == 0, "rename to whole");
}

static void read_whole(void) {
    char body[kBody + 1];
    const int fd = open("whole", O_RDONLY);
    may_fail(fd, "whole");
    if (fd < 0) return;
    const ssize_t got = read(fd, body, sizeof body);
    must(got == kBody, "a part of whole");
    for (int i = 1; i < kBody; ++i) must(body[i] == body[0], "mixed whole");
    close(fd);
}

static void append(int self, int round) {
    char record[32];
    snprintf(record, sizeof record, "%03d %010u\n ", self % 1000, (unsigned)round);
    const int fd = open("log", O_CREAT | O_APPEND | O_WRONLY, 0600);
    must(fd >= 0 && write(fd, record, kRecord) == kRecord, "log");
    close(fd);
}

static void names(void) {
    char one[32], other[32];
    snprintf(one, sizeof one, "n%u", chance(4));
    snprintf(other, sizeof other, "n%u", chance(4));
    struct stat there;
    switch (chance(8)) {
        case 0:
            return may_fail(mkdir(one, 0700), "mkdir");
        case 1:
            return may_fail(rmdir(one), "rmdir");
        case 2: {
            const int fd = open(one, O_CREAT | O_RDWR, 0600);
            may_fail(fd, "open");
            if (fd < 0) return;
            char byte;
            must(pwrite(fd, "x", 1, 0) == 1 && pread(fd, &byte, 1, 0) == 1 && byte == 'x', "an open file");
            must(close(fd) == 0, "close");
            return;
        }
        case 3:
            return may_fail(unlink(one), "unlink");
        case 4:
            return may_fail(rename(one, other), "rename");
        case 5:
            return may_fail(link(one, other), "link");
        case 6:
            return may_fail(stat(one, &there), "stat");
        default:
            return may_fail(symlink("nowhere/at/all", one), "symlink");
    }
}

static void list(void) {
    DIR* all = opendir(".");
    must(all != NULL, "opendir");
    int seen = 0;
    errno = 0;
    while (readdir(all)) ++seen;
    must(errno == 0 && seen >= 2, "readdir");
    closedir(all);
}

static void play(int self, int rounds) {
    state = (unsigned)self * 7919 + 1;
    for (int round = 0; round < rounds; ++round) {
        alone();
        if (chance(2)) replace(self);
        read_whole();
        append(self, round);
        for (int i = 0; i < 3; ++i) names();
        if (chance(4) == 0) list();
    }
    _exit(0);
}

// What the directory says, each name confirms.
static void check_names(void) {
    DIR* all = opendir(".");
    struct stat there;
    for (struct dirent* entry; (entry = readdir(all));) must(lstat(entry->d_name, &there) == 0, entry->d_name);
    closedir(all);
}

int main(int count, char** arguments) {
    must(count == 4 && chdir(arguments[1]) == 0, "arguments");
    const int processes = atoi(arguments[2]), rounds = atoi(arguments[3]);
    inside = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < processes; ++i)
        if (fork() == 0) play(i, rounds);
    int status, bad = 0;
    for (int i = 0; i < processes; ++i)
        if (wait(&status) < 0 || status != 0) ++bad;
    check_names();
    struct stat log;
    must(stat("log", &log) == 0, "log");
    printf("%d failed, %lld records\n", bad, (long long)log.st_size / kRecord);
    return bad != 0;
}
