// fsx DIRECTORY OPERATIONS SEED: random operations on a few files, each held against a model in memory: reads, writes, appends, truncations, all modes of
// fallocate, copy_file_range, mappings (private, shared, one that stays), renames, exchanges, removals, fsync, reopening, holes. The first difference ends it,
// with the operations before it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kFiles = 3, kMost = 256 << 10, kLongest = 24 << 10, kPage = 4096, kKept = 64 << 10, kLog = 40 };

struct file {
    char name[16];
    int fd, appending;
    size_t size;
    unsigned char model[kMost];
    unsigned char* mapped;  // the first kKept bytes, shared; it outlives the operations on the file
    const unsigned char* watched;  // the same, of a descriptor that cannot write
};
static struct file files[kFiles];
static unsigned char buffer[kMost];
static char history[kLog][120];
static long done_so_far;
static uint64_t chance;
static unsigned refused;  // modes of fallocate that the file system does not have

static uint64_t next_random(void) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    return chance ^= chance << 17;
}
static size_t below(size_t bound) { return (size_t)(next_random() % bound); }

static void fail(const char* what, const struct file* file, size_t at) {
    printf("failed: %s in %s at %zu (size %zu), operation %ld, errno %d\n", what, file->name, at, file->size, done_so_far, errno);
    for (int i = 1; i <= kLog; i++)
        if (history[(done_so_far + i) % kLog][0]) printf("  %s\n", history[(done_so_far + i) % kLog]);
    exit(1);
}
static void note(const char* what, const struct file* file, size_t at, size_t length) {
    snprintf(history[done_so_far % kLog], sizeof history[0], "%ld: %s %s %zu +%zu of %zu", done_so_far, what, file->name, at, length, file->size);
}
static void same(const char* what, const struct file* file, const unsigned char* got, size_t at, size_t length) {
    if (memcmp(got, file->model + at, length) == 0) return;
    size_t first = 0;
    while (got[first] == file->model[at + first]) first++;
    fail(what, file, at + first);
}

static void open_file(struct file* file) {
    file->fd = open(file->name, O_RDWR | O_CREAT, 0644);
    file->appending = open(file->name, O_WRONLY | O_APPEND);
    if (file->fd < 0 || file->appending < 0) fail("open", file, 0);
    file->mapped = mmap(NULL, kKept, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    int reader = open(file->name, O_RDONLY);
    file->watched = mmap(NULL, kKept, PROT_READ, MAP_SHARED, reader, 0);
    close(reader);
    if (file->mapped == MAP_FAILED || file->watched == MAP_FAILED) fail("mmap", file, 0);
}
static void close_file(struct file* file) {
    munmap(file->mapped, kKept);
    munmap((void*)file->watched, kKept);
    close(file->fd);
    close(file->appending);
}
static void fill(size_t length) {
    unsigned char first = (unsigned char)(next_random() | 1);
    for (size_t i = 0; i < length; i++) buffer[i] = (unsigned char)(first + i * 7);
}
// Aligned as often as not.
static size_t some_offset(size_t bound) {
    if (bound == 0) return 0;
    size_t at = below(bound);
    return next_random() % 2 ? at / kPage * kPage : at;
}
static size_t some_length(size_t at) {
    size_t most = kMost - at < kLongest ? kMost - at : kLongest, length = 1 + below(most);
    return next_random() % 2 && length > kPage ? length / kPage * kPage : length;
}
static void resized(struct file* file, size_t size) {
    if (size < file->size) memset(file->model + size, 0, file->size - size);
    file->size = size;
}
static void stored(struct file* file, size_t at, size_t length) {
    memcpy(file->model + at, buffer, length);
    if (at + length > file->size) file->size = at + length;
}

static void do_read(struct file* file) {
    size_t at = some_offset(kMost), length = some_length(at);
    note("read", file, at, length);
    ssize_t got = pread(file->fd, buffer, length, (off_t)at);
    size_t wanted = at >= file->size ? 0 : file->size - at < length ? file->size - at : length;
    if (got != (ssize_t)wanted) fail("read's length", file, at);
    same("read", file, buffer, at, wanted);
}
static void do_write(struct file* file) {
    size_t at = some_offset(kMost), length = some_length(at);
    note("write", file, at, length);
    fill(length);
    if (pwrite(file->fd, buffer, length, (off_t)at) != (ssize_t)length) fail("write", file, at);
    stored(file, at, length);
}
static void do_append(struct file* file) {
    if (file->size == kMost) return;
    size_t length = some_length(file->size);
    note("append", file, file->size, length);
    fill(length);
    if (write(file->appending, buffer, length) != (ssize_t)length) fail("append", file, file->size);
    stored(file, file->size, length);
}
static void do_truncate(struct file* file) {
    size_t size = some_offset(kMost);
    note("truncate", file, size, 0);
    if ((next_random() % 2 ? ftruncate(file->fd, (off_t)size) : truncate(file->name, (off_t)size)) != 0) fail("truncate", file, size);
    resized(file, size);
}
static void do_allocate(struct file* file) {
    static const int kModes[] = {0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
                                 FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE};
    unsigned which = (unsigned)below(7);
    int mode = kModes[which];
    size_t at = some_offset(kMost), length = some_length(at);
    int moves = mode == FALLOC_FL_COLLAPSE_RANGE || mode == FALLOC_FL_INSERT_RANGE;
    if (moves) {
        at = at / kPage * kPage;
        length = (length + kPage - 1) / kPage * kPage;
        if (mode == FALLOC_FL_COLLAPSE_RANGE ? at + length >= file->size : at >= file->size || file->size + length > kMost) return;
    }
    static char what[32];
    snprintf(what, sizeof what, "fallocate %#x", (unsigned)mode);
    note(what, file, at, length);
    if (fallocate(file->fd, mode, (off_t)at, (off_t)length) != 0) {
        if (errno != EOPNOTSUPP) fail("fallocate", file, at);
        refused |= 1u << which;
        return;
    }
    if (mode == FALLOC_FL_COLLAPSE_RANGE) {
        memmove(file->model + at, file->model + at + length, file->size - at - length);
        resized(file, file->size - length);
        return;
    }
    if (mode == FALLOC_FL_INSERT_RANGE) {
        memmove(file->model + at + length, file->model + at, file->size - at);
        memset(file->model + at, 0, length);
        file->size += length;
        return;
    }
    size_t end = at + length;
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) memset(file->model + at, 0, length);
    if (!(mode & FALLOC_FL_KEEP_SIZE) && end > file->size) file->size = end;
}
static void do_copy(struct file* from) {
    struct file* to = &files[below(kFiles)];
    if (from->size == 0) return;
    size_t at = some_offset(from->size), where = some_offset(kMost), length = some_length(where);
    if (at + length > from->size) length = from->size - at;
    if (from == to && at < where + length && where < at + length) return;
    note("copy from", from, at, length);
    off_t in = (off_t)at, out = (off_t)where;
    for (size_t done = 0; done < length;) {
        ssize_t part = copy_file_range(from->fd, &in, to->fd, &out, length - done, 0);
        if (part <= 0) fail("copy_file_range", from, at + done);
        done += (size_t)part;
    }
    memcpy(buffer, from->model + at, length);
    stored(to, where, length);
}
static void do_map(struct file* file, int flags) {
    if (file->size == 0) return;
    size_t at = below(file->size) / kPage * kPage, length = some_length(at);
    if (at + length > file->size) length = file->size - at;
    note(flags == MAP_SHARED ? "map shared" : "map private", file, at, length);
    unsigned char* bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, file->fd, (off_t)at);
    if (bytes == MAP_FAILED) fail("mmap", file, at);
    same("mapping", file, bytes, at, length);
    size_t skip = below(length), count = 1 + below(length - skip);
    fill(count);
    memcpy(bytes + skip, buffer, count);
    if (flags == MAP_SHARED) {
        memcpy(file->model + at + skip, buffer, count);
        if (next_random() % 4 == 0 && msync(bytes, length, next_random() % 2 ? MS_SYNC : MS_ASYNC) != 0) fail("msync", file, at);
    }
    if (next_random() % 2 && pread(file->fd, buffer, length, (off_t)at) == (ssize_t)length) same("read beside a mapping", file, buffer, at, length);
    munmap(bytes, length);
}
// Through the mapping that stays: what the file's operations did shows in it, and what it stores in them.
static void do_kept(struct file* file) {
    size_t most = file->size < kKept ? file->size : kKept;
    if (most == 0) return;
    size_t at = below(most), length = 1 + below(most - at);
    if (length > 6000) length = 6000;
    note("kept mapping", file, at, length);
    same("kept mapping", file, (next_random() % 2 ? file->mapped : file->watched) + at, at, length);
    if (next_random() % 2) return;
    fill(length);
    memcpy(file->mapped + at, buffer, length);
    memcpy(file->model + at, buffer, length);
}
static void swap_names(struct file* a, struct file* b) {
    char name[16];
    memcpy(name, a->name, sizeof name);
    memcpy(a->name, b->name, sizeof name);
    memcpy(b->name, name, sizeof name);
}
static void do_rename(struct file* file) {
    struct file* other = &files[below(kFiles)];
    note("rename", file, 0, 0);
    if (other != file && next_random() % 2) {
        if (syscall(SYS_renameat2, AT_FDCWD, file->name, AT_FDCWD, other->name, 2) != 0) {
            if (errno != EINVAL) fail("exchange", file, 0);
            return;  // a file system that cannot
        }
        swap_names(file, other);
        return;
    }
    if (rename(file->name, "aside") != 0 || rename("aside", file->name) != 0) fail("rename", file, 0);
}
static void do_replace(struct file* file) {
    note("remove", file, 0, 0);
    if (unlink(file->name) != 0) fail("unlink", file, 0);
    size_t most = file->size < kKept ? file->size : kKept;
    same("a file without a name", file, file->mapped, 0, most);
    close_file(file);
    resized(file, 0);
    open_file(file);
}
static void do_sync(struct file* file) {
    note("sync", file, 0, 0);
    if ((next_random() % 2 ? fsync(file->fd) : fdatasync(file->fd)) != 0) fail("fsync", file, 0);
}
static void do_reopen(struct file* file) {
    note("reopen", file, 0, 0);
    close_file(file);
    open_file(file);
}
static void do_holes(struct file* file) {
    if (file->size == 0) return;
    size_t at = below(file->size);
    note("seek", file, at, 0);
    off_t data = lseek(file->fd, (off_t)at, SEEK_DATA);
    if (data < 0 && errno != ENXIO) fail("SEEK_DATA", file, at);
    size_t end = data < 0 ? file->size : (size_t)data;
    for (size_t i = at; i < end; i++)
        if (file->model[i] != 0) fail("a hole with data", file, i);
    off_t hole = lseek(file->fd, (off_t)at, SEEK_HOLE);
    if (hole < (off_t)at || hole > (off_t)file->size) fail("SEEK_HOLE", file, at);
}
static void check_whole(struct file* file) {
    struct stat st;
    if (stat(file->name, &st) != 0 || (size_t)st.st_size != file->size) fail("size", file, (size_t)st.st_size);
    if (pread(file->fd, buffer, kMost, 0) != (ssize_t)file->size) fail("length", file, 0);
    same("contents", file, buffer, 0, file->size);
}

int main(int argc, char** argv) {
    if (argc != 4 || chdir(argv[1]) != 0) return 2;
    long operations = atol(argv[2]);
    chance = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < kFiles; i++) {
        snprintf(files[i].name, sizeof files[i].name, "fsx%d", i);
        unlink(files[i].name);
        open_file(&files[i]);
    }
    for (; done_so_far < operations; done_so_far++) {
        struct file* file = &files[below(kFiles)];
        size_t what = below(1000);
        if (what < 220) do_read(file);
        else if (what < 420) do_write(file);
        else if (what < 490) do_append(file);
        else if (what < 560) do_truncate(file);
        else if (what < 660) do_allocate(file);
        else if (what < 720) do_copy(file);
        else if (what < 770) do_map(file, MAP_SHARED);
        else if (what < 810) do_map(file, MAP_PRIVATE);
        else if (what < 900) do_kept(file);
        else if (what < 930) do_holes(file);
        else if (what < 950) do_rename(file);
        else if (what < 960) do_replace(file);
        else if (what < 965) do_sync(file);
        else if (what < 980) do_reopen(file);
        else check_whole(file);
    }
    for (int i = 0; i < kFiles; i++) {
        check_whole(&files[i]);
        close_file(&files[i]);
        unlink(files[i].name);
    }
    printf("%ld operations, no difference; modes of fallocate that are not there: %#x\n", operations, refused);
}
