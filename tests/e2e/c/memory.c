// mmap, munmap, mprotect, mremap, brk, madvise, file mappings, shared mappings across fork.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

#define PAGE 4096ul
static char* map(size_t pages) { return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static int zeroed(const char* at, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (at[i]) return 0;
    return 1;
}

static void anonymous(void) {
    char* a = map(16);
    CHECK(a != MAP_FAILED && zeroed(a, 16 * PAGE) && (uintptr_t)a % PAGE == 0);
    memset(a, 7, 16 * PAGE);
    CHECK(munmap(a + 4 * PAGE, 4 * PAGE) == 0);
    CHECK(mmap(a + 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == a + 4 * PAGE);
    CHECK(zeroed(a + 4 * PAGE, 4 * PAGE) && a[4 * PAGE - 1] == 7 && a[8 * PAGE] == 7);
    CHECK_ERRNO(mmap(a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK(madvise(a, 2 * PAGE, MADV_DONTNEED) == 0 && zeroed(a, 2 * PAGE) && a[2 * PAGE] == 7);
    CHECK(mprotect(a, 16 * PAGE, PROT_READ) == 0 && a[3 * PAGE] == 7);
    CHECK_ERRNO(syscall(SYS_mprotect, a + 1, PAGE, PROT_READ), EINVAL);
    CHECK_ERRNO(syscall(SYS_munmap, a + 1, PAGE), EINVAL);
    CHECK_ERRNO(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERRNO(mmap(NULL, 1ul << 46, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK(munmap(a, 16 * PAGE) == 0 && munmap(a, 16 * PAGE) == 0);
    CHECK_ERRNO(mprotect(a, PAGE, PROT_READ), ENOMEM);
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK_ERRNO(write(ends[1], a, 1), EFAULT);
    char* big = mmap(NULL, 512ul << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(big != MAP_FAILED);
    CHECK(mprotect(big + (256ul << 20), PAGE, PROT_READ | PROT_WRITE) == 0);
    big[256ul << 20] = 1;
    CHECK(munmap(big, 512ul << 20) == 0);
    puts("anonymous ok");
}

static void remap(void) {
    char* a = map(4);
    for (size_t i = 0; i < 4 * PAGE; i++) a[i] = (char)(i * 31);
    char* b = mremap(a, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED);
    for (size_t i = 0; i < 4 * PAGE; i++) CHECK(b[i] == (char)(i * 31));
    CHECK(zeroed(b + 4 * PAGE, 60 * PAGE));
    char* c = mremap(b, 64 * PAGE, 2 * PAGE, 0);
    CHECK(c == b && c[2 * PAGE - 1] == (char)((2 * PAGE - 1) * 31));
    char* target = map(8);
    char* d = mremap(c, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    CHECK(d == target && d[100] == (char)(100 * 31));
    CHECK_ERRNO(mremap(d, PAGE, 1ul << 46, MREMAP_MAYMOVE), ENOMEM);
    CHECK_ERRNO(mremap((void*)PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    munmap(target, 8 * PAGE);
    puts("remap ok");
}

// By system call: a C library may refuse to move the break that its heap uses.
static char* move_break(char* to) { return (char*)syscall(SYS_brk, to); }
static void program_break(void) {
    char* start = move_break(NULL);
    CHECK(move_break(start + 100000) == start + 100000);
    memset(start, 9, 100000);
    CHECK(move_break(start + 50000) == start + 50000 && start[100] == 9);
    CHECK(move_break(start + 250000) == start + 250000);
    CHECK(start[49999] == 9 && zeroed(start + 53248, 100000));
    CHECK(move_break((char*)(1ul << 46)) == start + 250000);
    CHECK(move_break(start) == start && move_break(NULL) == start);
    puts("break ok");
}

static void files(void) {
    int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char line[PAGE];
    for (int i = 0; i < 4; i++) {
        memset(line, 'a' + i, PAGE);
        CHECK(write(file, line, PAGE) == (ssize_t)PAGE);
    }
    char* hidden = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    char* shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
    CHECK(hidden != MAP_FAILED && shared != MAP_FAILED);
    CHECK(hidden[0] == 'a' && hidden[3 * PAGE] == 'd' && shared[0] == 'b' && shared[PAGE] == 'c');
    hidden[0] = 'X';
    CHECK(pread(file, line, 1, 0) == 1 && line[0] == 'a');
    shared[0] = 'Y';
    CHECK(msync(shared, PAGE, MS_SYNC) == 0);
    CHECK(pread(file, line, 1, PAGE) == 1 && line[0] == 'Y');
    CHECK(pwrite(file, "Z", 1, PAGE + 1) == 1 && shared[1] == 'Z');
    pid_t child = fork();
    if (child == 0) {
        shared[2] = 'C';
        hidden[1] = 'C';
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CHECK(shared[2] == 'C' && hidden[1] == 'a');
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 100), EINVAL);
    CHECK(close(file) == 0 && munmap(hidden, 4 * PAGE) == 0 && munmap(shared, 2 * PAGE) == 0);
    file = open("data", O_RDONLY);
    CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), EACCES);
    close(file);
    unlink("data");
    volatile int* both = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(both != MAP_FAILED);
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            for (int k = 0; k < 1000; k++) __sync_fetch_and_add(both, 1);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) continue;
    CHECK(*both == 4000);
    puts("files ok");
}

static void many(void) {
    enum { kMaps = 500 };
    static char* maps[kMaps];
    unsigned seed = 1;
    for (int round = 0; round < 4000; round++) {
        seed = seed * 1103515245 + 12345;
        int i = (int)(seed >> 16) % kMaps;
        size_t pages = 1 + (size_t)(i % 7);
        if (maps[i]) {
            CHECK(maps[i][0] == (char)i && maps[i][pages * PAGE - 1] == (char)~i);
            CHECK(munmap(maps[i], pages * PAGE) == 0);
            maps[i] = NULL;
        } else {
            maps[i] = map(pages);
            CHECK(maps[i] != MAP_FAILED && zeroed(maps[i], pages * PAGE));
            maps[i][0] = (char)i;
            maps[i][pages * PAGE - 1] = (char)~i;
        }
    }
    for (int i = 0; i < 2000; i++) {
        size_t size = (size_t)(i * 7919) % 300000;
        char* p = malloc(size + 1);
        memset(p, i, size);
        if (i % 3) free(p);
    }
    puts("many ok");
}

int main(void) {
    anonymous();
    remap();
    program_break();
    files();
    many();
    puts("memory ok");
}
