// Timers on CPU clocks: the time that a task, or all tasks of a process, have run. They are looked at when a
// tick interrupts a task of the process, so they fire up to a tick late, as on Linux.
#pragma once

#include <vector>

#include "base/types.h"

namespace occlum::kernel {

class Process;

struct CpuClock {
    enum class What : u8 { Total, User };
    What what = What::Total;
    u32 tid = 0;  ///< 0: all tasks of the process
};

/// Belongs to the process whose clock it follows while it is armed; must not outlive its own owner's
/// interest.
class CpuTimer {
public:
    CpuTimer() = default;
    virtual ~CpuTimer();  // disarms
    CpuTimer(const CpuTimer&) = delete;
    CpuTimer& operator=(const CpuTimer&) = delete;

    void arm_cpu(Process& process, const CpuClock& clock, u64 deadline_ns);
    void disarm_cpu();
    bool cpu_armed() const { return process_ != nullptr; }
    u64 cpu_deadline_ns() const { return cpu_deadline_ns_; }

protected:
    /// The timer is disarmed; it may arm itself again.
    virtual void cpu_expired(u64 now_ns) = 0;

private:
    friend class CpuTimers;
    Process* process_ = nullptr;
    CpuClock clock_;
    u64 cpu_deadline_ns_ = 0;
};

/// Those that follow the clocks of one process.
class CpuTimers {
public:
    bool active() const { return !armed_.empty(); }
    void check(Process& process);
    /// The process has ended: its clocks stand still.
    void detach_all();

private:
    friend class CpuTimer;
    std::vector<CpuTimer*> armed_;
};

/// The clock's reading; 0 for a task that is gone.
u64 cpu_clock_ns(const Process& process, const CpuClock& clock);

/// After a tick: the timers of the current process, and its RLIMIT_CPU.
void check_cpu_time();
/// Whether ticks are needed for them.
bool wants_cpu_ticks(const Process& process);

}  // namespace occlum::kernel
