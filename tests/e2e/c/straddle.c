// Code that goes over the border of two executable mappings, whose instructions lie partly in each; the second one changes, goes and comes.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096 };

/// mov $value,%eax; ret, `before` bytes of it ahead of the border.
static int (*put_code(uint8_t *border, int before, int value))(void) {
    uint8_t *code = border - before;
    code[0] = 0xb8;
    memcpy(code + 1, &value, 4);
    code[5] = 0xc3;
    return (int (*)(void))code;
}

static void borders(uint8_t *base) {
    for (int before = 1; before <= 5; before++) {
        int (*code)(void) = put_code(base + kPage, before, 1000 + before);
        for (int i = 0; i < 3; i++) CHECK(code() == 1000 + before);
        put_code(base + kPage, before, 2000 + before);
        for (int i = 0; i < 3; i++) CHECK(code() == 2000 + before);
    }
}

// As a debugger's breakpoint does it: of a file's code one page is changed.
static void of_file(void) {
    char name[] = "/tmp/straddleXXXXXX";
    int fd = mkstemp(name);
    static uint8_t bytes[3 * kPage];
    int (*code)(void) = put_code(bytes + kPage, 3, 7);
    put_code(bytes + 2 * kPage, 2, 9);
    CHECK(fd >= 0 && write(fd, bytes, sizeof bytes) == sizeof bytes && unlink(name) == 0);
    uint8_t *base = mmap(0, sizeof bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    CHECK(base != MAP_FAILED);
    code = (int (*)(void))(base + kPage - 3);
    int (*after)(void) = (int (*)(void))(base + 2 * kPage - 2);
    CHECK(code() == 7 && after() == 9);
    CHECK(mprotect(base + kPage, kPage, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
    base[kPage] = 1;
    CHECK(mprotect(base + kPage, kPage, PROT_READ | PROT_EXEC) == 0);
    for (int i = 0; i < 3; i++) CHECK(code() == 7 + (1 << 16) && after() == 9);
    CHECK(munmap(base, sizeof bytes) == 0 && close(fd) == 0);
    puts("file ok");
}

int main(void) {
    of_file();
    const int all = PROT_READ | PROT_WRITE | PROT_EXEC;
    uint8_t *base = mmap(0, 4 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(base != MAP_FAILED);
    // Made executable one after the other, as code heaps grow.
    CHECK(mmap(base, kPage, all, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == base);
    int (*first)(void) = put_code(base + kPage / 2, 0, 1);
    CHECK(first() == 1);
    CHECK(mmap(base + kPage, kPage, all, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == base + kPage);
    borders(base);
    CHECK(first() == 1);
    puts("grown ok");

    int (*code)(void) = put_code(base + kPage, 3, 7);
    CHECK(code() == 7);
    // Only the second page changes.
    base[kPage] = 1;
    CHECK(code() == 7 + (1 << 16));
    CHECK(mmap(base + kPage, kPage, all, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == base + kPage);
    base[kPage + 2] = 0xc3;
    CHECK(code() == 7);
    CHECK(mprotect(base + kPage, kPage, PROT_READ | PROT_WRITE) == 0);
    base[kPage] = 2;
    CHECK(mprotect(base + kPage, kPage, PROT_READ | PROT_EXEC) == 0);
    CHECK(code() == 7 + (2 << 16));
    CHECK(mprotect(base, kPage, PROT_READ | PROT_EXEC) == 0);
    CHECK(code() == 7 + (2 << 16));
    puts("changed ok");
    return 0;
}
