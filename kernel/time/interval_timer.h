// Timers of a process: alarm(2) and ITIMER_REAL, and POSIX timers (timer_create(2)).
#pragma once

#include <map>
#include <memory>

#include "base/result.h"
#include "kernel/signal/types.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

class Process;

/// ITIMER_REAL.
class RealTimer : public Timer {
public:
    void set_owner(Process& process) { owner_ = &process; }
    u64 interval_ns = 0;

protected:
    void expired(u64 now_ns) override;

private:
    Process* owner_ = nullptr;
};

/// One timer_create(2) timer.
class PosixTimer : public Timer {
public:
    PosixTimer(Process& owner, int id, int clock, SigInfo info, u32 target_tid)
        : id(id), clock(clock), info(info), target_tid(target_tid), owner_(owner) {}
    const int id;
    const int clock;
    SigInfo info;    ///< signal 0: SIGEV_NONE
    u32 target_tid;  ///< SIGEV_THREAD_ID; 0: the process
    u64 interval_ns = 0;
    u32 overruns = 0;

protected:
    void expired(u64 now_ns) override;

private:
    Process& owner_;
};

class PosixTimers {
public:
    static constexpr size_t kMost = 1024;
    Result<PosixTimer*> create(Process& owner, int clock, const SigInfo& info, u32 target_tid);
    Result<PosixTimer*> find(int id);
    Result<void> remove(int id);
    void clear() { timers_.clear(); }

private:
    std::map<int, std::unique_ptr<PosixTimer>> timers_;
    int next_ = 0;
};

}  // namespace occlum::kernel
