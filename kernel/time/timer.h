// Kernel timers: something to do at a point of the monotonic clock. Run under the kernel lock by whichever
// vCPU notices first (idle, or at a tick).
#pragma once

#include <optional>
#include <set>

#include "base/types.h"

namespace occlum::kernel {

class Timer {
public:
    Timer() = default;
    virtual ~Timer();  // disarms
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void arm(u64 deadline_ns);  ///< monotonic; replaces an earlier deadline
    void disarm();
    bool armed() const { return armed_; }
    u64 deadline_ns() const { return deadline_ns_; }

protected:
    /// The timer is disarmed; it may arm itself again.
    virtual void expired(u64 now_ns) = 0;

private:
    friend class TimerQueue;
    u64 deadline_ns_ = 0;
    bool armed_ = false;
};

class TimerQueue {
public:
    void add(Timer& timer);
    void remove(Timer& timer);
    /// Runs all timers that are due.
    void run(u64 now_ns);
    std::optional<u64> next_deadline_ns() const;

private:
    struct Earlier {
        bool operator()(const Timer* a, const Timer* b) const;
    };
    std::set<Timer*, Earlier> timers_;
};

TimerQueue& timer_queue();

}  // namespace occlum::kernel
