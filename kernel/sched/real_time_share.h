// How much of a vCPU's time the real-time policies may have while others wait: 950 ms of each second, as
// sched_rt_runtime_us(7) has it, so that one that spins does not end everything else.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

class RealTimeShare {
public:
    static constexpr u64 kPeriodNs = 1'000'000'000, kMostNs = 950'000'000;

    /// A task of these policies has run from then until now; what was counted before counts once.
    void count(u64 from_ns, u64 now_ns) {
        begin_period(now_ns);
        if (from_ns < counted_until_ns_) from_ns = counted_until_ns_;
        if (from_ns < now_ns) used_ns_ += now_ns - from_ns;
        counted_until_ns_ = now_ns;
    }
    /// A new period begins when the last one is over.
    void begin_period(u64 now_ns) {
        if (now_ns - period_start_ns_ < kPeriodNs) return;
        period_start_ns_ = counted_until_ns_ = now_ns;
        used_ns_ = 0;
    }
    bool exhausted() const { return used_ns_ >= kMostNs; }

private:
    u64 period_start_ns_ = 0, counted_until_ns_ = 0, used_ns_ = 0;
};

}  // namespace occlum::kernel
