// Large frames, alloca, variable-length arrays, big static arrays, aligned frames.
#include <alloca.h>
#include <stdint.h>

#include "check.h"

static char bss[96 << 20];
static int initialised[100000] = {[5] = 5, [99999] = 9};

static __attribute__((noinline)) unsigned long large(int depth) {
    volatile unsigned char frame[200000];
    for (int i = 0; i < 200000; i += 4096) frame[i] = (unsigned char)(i >> 12);
    unsigned long sum = depth ? large(depth - 1) : 0;
    for (int i = 0; i < 200000; i += 4096) sum += frame[i];
    return sum;
}
static __attribute__((noinline)) unsigned long variable(int n) {
    volatile int vla[n];
    for (int i = 0; i < n; i++) vla[i] = i;
    char* more = alloca((size_t)n * 3);
    memset(more, n, (size_t)n * 3);
    unsigned long sum = (unsigned char)more[n * 3 - 1];
    for (int i = 0; i < n; i++) sum += (unsigned long)vla[i];
    return n > 100 ? sum + variable(n - 100) : sum;
}
static __attribute__((noinline)) int aligned(void) {
    _Alignas(64) volatile char line[128];
    line[0] = 1;
    return (uintptr_t)line % 64 == 0 && line[0];
}

int main(void) {
    printf("%lu\n", large(25));
    printf("%lu\n", variable(10000));
    CHECK(aligned());
    for (size_t i = 0; i < sizeof bss; i += 999983) CHECK(bss[i] == 0);
    for (size_t i = 0; i < sizeof bss; i += 65536) bss[i] = (char)(i >> 16);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof bss; i += 4096) sum += (unsigned char)bss[i];
    printf("%u %d %d\n", sum, initialised[5], initialised[99999]);
    volatile char* deep = alloca(3 << 20);
    deep[0] = 1, deep[(3 << 20) - 1] = 2;
    CHECK(deep[0] + deep[(3 << 20) - 1] == 3);
    puts("stack ok");
}
