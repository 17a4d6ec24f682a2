// The clocks of clock_gettime(2) by their numbers.
#pragma once

#include "base/result.h"
#include "kernel/time/interval_timer.h"

namespace occlum::kernel {

enum ClockNumber : i32 {
    kClockRealtime = 0,
    kClockMonotonic = 1,
    kClockProcessCpu = 2,
    kClockThreadCpu = 3,
    kClockMonotonicRaw = 4,
    kClockRealtimeCoarse = 5,
    kClockMonotonicCoarse = 6,
    kClockBoottime = 7,
    kClockRealtimeAlarm = 8,
    kClockBoottimeAlarm = 9,
    kClockTai = 11,
};

/// EINVAL: no such clock, or its process or thread is gone.
Result<TimerClock> clock_of(i32 number);
u64 clock_ns(const TimerClock& clock);
bool is_coarse(i32 number);
/// Wakes a suspended machine: only for those with CAP_WAKE_ALARM.
bool is_alarm(i32 number);

/// now + duration without wrapping.
constexpr u64 deadline_after(u64 now_ns, u64 duration_ns) {
    return duration_ns > ~now_ns ? ~u64{0} : now_ns + duration_ns;
}
/// A point of the realtime clock as a point of the monotonic one.
u64 realtime_to_monotonic(u64 point_ns);

}  // namespace occlum::kernel
