// What a new mapping shows is its own, whatever was there before: the file's bytes, zeroes behind them,
// SIGBUS beyond; junk in the pages below, of this program or of the one that had its memory before, is gone.
// Again and again, as the pages are used again; also in programs run after it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096, kPages = 24, kFilePages = 6, kFileSize = 5 * kPage + 1000, kRounds = 60 };
static unsigned char expected(int at) { return (unsigned char)(at / kPage * 31 + at % 251 + 1); }
static sigjmp_buf back;
static void on_bus(int signal) { siglongjmp(back, signal); }
static unsigned char* area;
static int file;
static unsigned char initialised[3 * kPage] = {7};  // of .data
static unsigned char zeroed[3 * kPage];             // of .bss

static void check_file(int shift) {
    const int size = kFileSize - shift * kPage;
    for (int i = 0; i < size; i++) CHECK(area[i] == expected(i + shift * kPage));
    for (int i = size; i < (kFilePages - shift) * kPage; i++) CHECK(area[i] == 0);
    const int signal = sigsetjmp(back, 1);
    if (signal == 0) {
        *(volatile unsigned char*)&area[(kFilePages - shift) * kPage];
        CHECK(!"no signal");
    }
    CHECK(signal == SIGBUS);
}

static void check_zero(void) {
    for (int i = 0; i < kPages * kPage; i++) CHECK(area[i] == 0);
}

static void over(int protection, int flags, int fd, off_t offset) {
    CHECK(mmap(area, kPages * kPage, protection, MAP_PRIVATE | MAP_FIXED | flags, fd, offset) == area);
}

static void round_of(int round) {
    const int shift = round % 3;
    over(PROT_READ | PROT_WRITE, 0, file, shift * kPage);
    check_file(shift);
    memset(area, 0xee, (size_t)((kFilePages - shift) * kPage));
    over(PROT_READ, 0, file, 0);
    check_file(0);
    over(PROT_READ | PROT_WRITE, 0, file, shift * kPage);
    check_file(shift);
    memset(area, 0xdd, kPage);
    CHECK(mprotect(area, 2 * kPage, PROT_READ) == 0);
    over(PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0);
    check_zero();
    memset(area, 0xcc, kPages * kPage);
    if (round % 4 == 0) {
        CHECK(munmap(area, kPages * kPage) == 0);
        over(PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0);
        check_zero();
    }
}

int main(int count, char** arguments) {
    for (size_t i = 0; i < sizeof initialised; i++) CHECK(initialised[i] == (i == 0 ? 7 : 0));
    for (size_t i = 0; i < sizeof zeroed; i++) CHECK(zeroed[i] == 0);
    memset(initialised, 0xab, sizeof initialised);
    memset(zeroed, 0xab, sizeof zeroed);
    signal(SIGBUS, on_bus);
    file = memfd_create("bytes", 0);
    CHECK(file >= 0);
    for (int i = 0; i < kFileSize; i++) {
        const unsigned char byte = expected(i);
        CHECK(write(file, &byte, 1) == 1);
    }
    area = mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    check_zero();
    for (int round = 0; round < kRounds; round++) round_of(round);
    // The next program in this memory, some times, and one beside it.
    const int generation = count > 1 ? atoi(arguments[1]) : 0;
    if (generation == 4) return 0;
    char next[8];
    snprintf(next, sizeof next, "%d", generation + 1);
    for (int again = generation == 0 ? 3 : 1; again > 0; again--) {
        const pid_t child = fork();
        if (child == 0) {
            for (int round = 0; round < 8; round++) round_of(round);
            execl("/proc/self/exe", arguments[0], next, NULL);
            _exit(9);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    if (generation == 0) puts("mapped over");
    return 0;
}
