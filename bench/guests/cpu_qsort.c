// The C library's qsort with a comparison function, 1.2 million elements.
#include "bench.h"
static int compare(const void* a, const void* b) {
    uint32_t x = *(const uint32_t*)a, y = *(const uint32_t*)b;
    return (x > y) - (x < y);
}
uint64_t work(void) {
    enum { kCount = 1200000 };
    uint32_t *values = malloc(kCount * 4), seed = 7;
    uint64_t sum = 0;
    for (int pass = 0; pass < 1; pass++) {
        for (int i = 0; i < kCount; i++) values[i] = next_random(&seed);
        qsort(values, kCount, 4, compare);
        for (int i = 0; i < kCount; i += 1000) sum = sum * 31 + values[i];
    }
    return sum;
}
