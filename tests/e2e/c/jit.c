// Programs that make code: write, protect, run, change, run again; in one writable and executable page as well.
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "check.h"

typedef int (*function)(int);
static size_t emit(uint8_t* at, int add) {  // lea add(%rdi),%eax; ret
    uint8_t code[] = {0x8d, 0x87, 0, 0, 0, 0, 0xc3};
    memcpy(code + 2, &add, 4);
    memcpy(at, code, sizeof code);
    return sizeof code;
}

int main(void) {
    uint8_t* page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    function f = (function)(uintptr_t)page;
    for (int i = 0; i < 300; i++) {
        emit(page, i);
        CHECK(mprotect(page, 65536, PROT_READ | PROT_EXEC) == 0);
        CHECK(f(1000) == 1000 + i && f(-5) == i - 5);
        CHECK(mprotect(page, 65536, PROT_READ | PROT_WRITE) == 0);
    }
    puts("protect ok");
    CHECK(mprotect(page, 65536, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
    for (int i = 0; i < 300; i++) {
        emit(page, i);
        CHECK(f(1) == 1 + i);
        emit(page + 4096, -i);
        CHECK(((function)(uintptr_t)(page + 4096))(1) == 1 - i && f(2) == 2 + i);
    }
    puts("rewrite ok");
    size_t at = 8192;
    function many[1000];
    for (int i = 0; i < 1000; i++) {
        many[i] = (function)(uintptr_t)(page + at);
        at += emit(page + at, i * 3);
    }
    long sum = 0;
    for (int round = 0; round < 100; round++)
        for (int i = 0; i < 1000; i++) sum += many[i](round);
    CHECK(sum == 100l * 999 * 1000 / 2 * 3 + 1000l * 99 * 100 / 2);
    pid_t child = fork();
    if (child == 0) {
        CHECK(f(1) == 300);
        emit(page, 7777);
        CHECK(f(1) == 7778);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0 && f(1) == 300);
    CHECK(munmap(page, 65536) == 0);
    uint8_t* again = mmap(page, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    emit(again, 5);
    CHECK(f(1) == 6);
    // Functions that jump to each other, under W^X, each changed in turn; then other code in the same place.
    enum { kFunctions = 200, kStride = 256 };
    uint8_t* area = mmap(NULL, kFunctions * kStride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < kFunctions; i++) {  // add $i,%edi; jmp the next; the last: lea 0(%rdi),%eax; ret
        uint8_t hop[] = {0x81, 0xc7, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0};
        int distance = kStride - (int)sizeof hop;
        memcpy(hop + 2, &i, 4);
        memcpy(hop + 7, &distance, 4);
        memcpy(area + i * kStride, hop, sizeof hop);
    }
    emit(area + (kFunctions - 1) * kStride, 0);
    int expected = (kFunctions - 1) * (kFunctions - 2) / 2;
    for (int i = 0; i < kFunctions - 1; i++) {
        CHECK(mprotect(area, kFunctions * kStride, PROT_READ | PROT_WRITE) == 0);
        area[i * kStride + 3]++;  // 256 more
        expected += 256;
        CHECK(mprotect(area, kFunctions * kStride, PROT_READ | PROT_EXEC) == 0);
        CHECK(((function)(uintptr_t)area)(1) == expected + 1);
    }
    CHECK(munmap(area, kFunctions * kStride) == 0);
    area = mmap(area, kFunctions * kStride, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    emit(area, 77);
    CHECK(((function)(uintptr_t)area)(1) == 78);
    puts("jit ok");
}
