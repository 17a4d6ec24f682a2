// Timers of a process: ITIMER_REAL (and alarm(2)), ITIMER_VIRTUAL, ITIMER_PROF; POSIX timers
// (timer_create(2)).
#pragma once

#include <map>
#include <memory>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/signal/types.h"
#include "kernel/time/cpu_timer.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

class Process;

/// What a timer shows: both 0 when it is not armed.
struct TimerState {
    u64 interval_ns = 0, remaining_ns = 0;
};

/// ITIMER_REAL.
class RealTimer : public Timer {
public:
    void set_owner(Process& process) { owner_ = &process; }
    void set(u64 value_ns, u64 interval_ns);
    TimerState state() const;

protected:
    void expired(u64 now_ns) override;

private:
    Process* owner_ = nullptr;
    u64 interval_ns_ = 0;
};

/// ITIMER_VIRTUAL, ITIMER_PROF.
class UsageTimer : public CpuTimer {
public:
    UsageTimer(CpuClock::What what, int signal) : what_(what), signal_(signal) {}
    void set_owner(Process& process) { owner_ = &process; }
    void set(u64 value_ns, u64 interval_ns);
    TimerState state() const;

protected:
    void cpu_expired(u64 now_ns) override;

private:
    CpuClock::What what_;
    int signal_;
    Process* owner_ = nullptr;
    u64 interval_ns_ = 0;
};

/// What a POSIX timer counts: the monotonic clock, or the CPU time of a process that is kept alive.
struct TimerClock {
    bool realtime = false;   ///< absolute times are on the realtime clock
    RefPtr<Process> cpu_of;  ///< null: a wall clock
    CpuClock cpu;
};

/// One timer_create(2) timer. At most one signal of it is pending; further expirations are its overruns.
class PosixTimer : public Timer, public CpuTimer {
public:
    PosixTimer(Process& owner, int id, TimerClock clock, SigInfo info, u32 target_tid)
        : id(id), clock(std::move(clock)), info(info), target_tid(target_tid), owner_(owner) {}
    const int id;
    const TimerClock clock;
    SigInfo info;      ///< signal 0: SIGEV_NONE
    u32 target_tid;    ///< SIGEV_THREAD_ID; 0: the process
    u32 overruns = 0;  ///< of the signal that was delivered last

    /// `absolute`: the value is a point of the clock.
    void set(u64 value_ns, u64 interval_ns, bool absolute);
    TimerState state() const;

protected:
    void expired(u64 now_ns) override;
    void cpu_expired(u64 now_ns) override;

private:
    void notify(u64 missed);
    Process& owner_;
    u64 interval_ns_ = 0;
};

class PosixTimers {
public:
    Result<PosixTimer*> create(Process& owner, TimerClock clock, const SigInfo& info, u32 target_tid);
    Result<PosixTimer*> find(int id);
    Result<void> remove(int id);
    void clear() { timers_.clear(); }
    /// A signal of a timer has been taken off its queue.
    void note_delivered(const SigInfo& info);

private:
    std::map<int, std::unique_ptr<PosixTimer>> timers_;
    int next_ = 0;
};

/// The first point after `now` on the grid of `interval` that starts at `deadline`, and how many points
/// before it have passed besides `deadline` itself.
struct GridPoint {
    u64 next_ns, missed;
};
GridPoint next_grid_point(u64 deadline_ns, u64 interval_ns, u64 now_ns);

}  // namespace occlum::kernel
