// Dense matrix product in double precision.
#include "bench.h"
enum { kSize = 512 };
static double a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];
uint64_t work(void) {
    for (int i = 0; i < kSize; i++)
        for (int j = 0; j < kSize; j++) a[i][j] = i + j % 7, b[i][j] = i % 5 - j;
    for (int pass = 0; pass < 3; pass++)
        for (int i = 0; i < kSize; i++)
            for (int k = 0; k < kSize; k++)
                for (int j = 0; j < kSize; j++) c[i][j] += a[i][k] * b[k][j];
    double sum = 0;
    for (int i = 0; i < kSize; i++) sum += c[i][i];
    return (uint64_t)(int64_t)sum;
}
