#include "enclave/enclave_only/unsafe/cpu.h"

// SAFETY (all): no operands but registers.
namespace occlum::enclave {

u64 read_tsc() {
    u64 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

bool try_rdrand(u64& value) {
    bool good;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
    return good;
}

bool try_rdseed(u64& value) {
    bool good;
    asm volatile("rdseed %0" : "=r"(value), "=@ccc"(good));
    return good;
}

void pause() { asm volatile("pause"); }

}  // namespace occlum::enclave
