// Times of files.
#pragma once

#include "enclave/host.h"
#include "kernel/fs/inode.h"

namespace occlum::kernel {

inline constexpr u64 kNanosecondsPerSecond = 1'000'000'000;

inline TimeSpec file_time_now() {
    u64 now = enclave::realtime_ns();
    return {.seconds = static_cast<i64>(now / kNanosecondsPerSecond),
            .nanoseconds = static_cast<u32>(now % kNanosecondsPerSecond)};
}

}  // namespace occlum::kernel
