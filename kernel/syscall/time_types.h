// struct timespec and timeval as system calls pass them.
#pragma once

#include "base/result.h"
#include "kernel/mm/user_memory.h"
#include "kernel/time/clock.h"

namespace occlum::kernel {

struct Timespec {
    i64 seconds = 0;
    i64 nanoseconds = 0;
};
struct Timeval {
    i64 seconds = 0;
    i64 microseconds = 0;
};

inline constexpr u64 kNsPerSecond = 1'000'000'000;

constexpr Timespec to_timespec(u64 ns) {
    return {static_cast<i64>(ns / kNsPerSecond), static_cast<i64>(ns % kNsPerSecond)};
}
constexpr Timeval to_timeval(u64 ns) {
    return {static_cast<i64>(ns / kNsPerSecond), static_cast<i64>(ns % kNsPerSecond / 1000)};
}
/// EINVAL when negative or not normalised; durations past 292 years are cut.
constexpr Result<u64> to_ns(Timespec time) {
    constexpr i64 kMostSeconds = 9'000'000'000;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= i64{kNsPerSecond})
        return err(Errno::Einval);
    if (time.seconds > kMostSeconds) time.seconds = kMostSeconds;
    return static_cast<u64>(time.seconds) * kNsPerSecond + static_cast<u64>(time.nanoseconds);
}
constexpr Result<u64> to_ns(Timeval time) {
    if (time.microseconds < 0 || time.microseconds >= 1'000'000) return err(Errno::Einval);
    return to_ns(Timespec{time.seconds, time.microseconds * 1000});
}
/// Reads a struct timespec; see to_ns().
inline Result<u64> read_timespec_ns(u64 address) {
    const Timespec time = TRY(read_user(UserIn<Timespec>{GuestAddr{address}}));
    return to_ns(time);
}

}  // namespace occlum::kernel
