// Single instructions.
#pragma once

#include "base/types.h"

namespace occlum::enclave {

// SAFETY (all): no operand but registers.
inline u64 read_tsc() {
    u64 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

/// False when the CPU has none at the moment.
inline bool try_rdrand(u64& value) {
    bool good;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
    return good;
}
inline bool try_rdseed(u64& value) {
    bool good;
    asm volatile("rdseed %0" : "=r"(value), "=@ccc"(good));
    return good;
}
inline void pause() { asm volatile("pause"); }

}  // namespace occlum::enclave
