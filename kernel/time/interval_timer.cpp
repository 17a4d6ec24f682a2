#include "kernel/time/interval_timer.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"
#include "kernel/time/clock.h"

namespace occlum::kernel {

namespace {

constexpr u64 kMostOverruns = 0x7fff'ffff;

/// What is left; never 0, which would mean that the timer is not armed.
u64 remaining(u64 deadline_ns, u64 now_ns) { return deadline_ns > now_ns ? deadline_ns - now_ns : 1; }

}  // namespace

GridPoint next_grid_point(u64 deadline_ns, u64 interval_ns, u64 now_ns) {
    const u64 missed = now_ns > deadline_ns ? (now_ns - deadline_ns) / interval_ns : 0;
    return {deadline_after(deadline_ns, (missed + 1) * interval_ns), missed};
}

void RealTimer::set(u64 value_ns, u64 interval_ns) {
    interval_ns_ = value_ns == 0 ? 0 : interval_ns;
    if (value_ns == 0)
        disarm();
    else
        arm(deadline_after(enclave::monotonic_ns(), value_ns));
}

TimerState RealTimer::state() const {
    if (!armed()) return {interval_ns_, 0};
    return {interval_ns_, remaining(deadline_ns(), enclave::monotonic_ns())};
}

void RealTimer::expired(u64 now_ns) {
    if (interval_ns_ != 0) arm(next_grid_point(deadline_ns(), interval_ns_, now_ns).next_ns);
    if (owner_) send_signal(*owner_, SigInfo::kernel(kSigAlrm));
}

void UsageTimer::set(u64 value_ns, u64 interval_ns) {
    // As Linux, which shows the interval of these two even when they do not run.
    interval_ns_ = interval_ns;
    if (value_ns == 0)
        disarm_cpu();
    else
        arm_cpu(*owner_, {what_, 0}, deadline_after(cpu_clock_ns(*owner_, {what_, 0}), value_ns));
}

TimerState UsageTimer::state() const {
    if (!cpu_armed()) return {interval_ns_, 0};
    return {interval_ns_, remaining(cpu_deadline_ns(), cpu_clock_ns(*owner_, {what_, 0}))};
}

void UsageTimer::cpu_expired(u64 now_ns) {
    if (interval_ns_ != 0)
        arm_cpu(*owner_, {what_, 0}, next_grid_point(cpu_deadline_ns(), interval_ns_, now_ns).next_ns);
    send_signal_of_usage(current_task(), SigInfo::kernel(signal_));
}

void PosixTimer::set(u64 value_ns, u64 interval_ns, bool absolute) {
    disarm();
    disarm_cpu();
    interval_ns_ = value_ns == 0 ? 0 : interval_ns;
    overruns = 0;
    if (value_ns == 0) return;
    if (clock.cpu_of) {
        const u64 deadline =
            absolute ? value_ns : deadline_after(cpu_clock_ns(*clock.cpu_of, clock.cpu), value_ns);
        arm_cpu(*clock.cpu_of, clock.cpu, deadline);
        return;
    }
    const u64 now = enclave::monotonic_ns();
    if (!absolute) {
        arm(deadline_after(now, value_ns));
    } else if (!clock.realtime) {
        arm(value_ns);
    } else {
        // A point in the past counts the overruns since then.
        const u64 wall = enclave::realtime_ns();
        arm(value_ns > wall ? deadline_after(now, value_ns - wall) : now - std::min(now, wall - value_ns));
    }
}

TimerState PosixTimer::state() const {
    if (cpu_armed())
        return {interval_ns_, remaining(cpu_deadline_ns(), cpu_clock_ns(*clock.cpu_of, clock.cpu))};
    if (armed()) return {interval_ns_, remaining(deadline_ns(), enclave::monotonic_ns())};
    return {interval_ns_, 0};
}

void PosixTimer::expired(u64 now_ns) {
    u64 missed = 0;
    if (interval_ns_ != 0) {
        const GridPoint point = next_grid_point(deadline_ns(), interval_ns_, now_ns);
        missed = point.missed;
        arm(point.next_ns);
    }
    notify(missed);
}

void PosixTimer::cpu_expired(u64 now_ns) {
    u64 missed = 0;
    if (interval_ns_ != 0) {
        const GridPoint point = next_grid_point(cpu_deadline_ns(), interval_ns_, now_ns);
        missed = point.missed;
        arm_cpu(*clock.cpu_of, clock.cpu, point.next_ns);
    }
    notify(missed);
}

void PosixTimer::notify(u64 missed) {
    if (info.signal == 0) return;
    const RefPtr<Task> target = target_tid == 0 ? nullptr : pid_table().task(target_tid);
    if (target_tid != 0 && !target) return;
    SignalQueue& queue = target ? target->pending : owner_.pending;
    const auto timer_id = static_cast<u32>(id);
    // The expiration itself is one more overrun of a signal that nobody has taken yet.
    if (queue.add_overruns(timer_id, std::min(missed + 1, kMostOverruns))) return;
    SigInfo sent = info;
    sent.words[0] = timer_id | std::min(missed, kMostOverruns) << 32;
    if (target)
        send_signal(*target, sent);
    else
        send_signal(owner_, sent);
}

Result<PosixTimer*> PosixTimers::create(Process& owner, TimerClock clock, const SigInfo& info,
                                        u32 target_tid) {
    // Each holds a queued signal's place.
    if (timers_.size() >= owner.limits.of(Resource::PendingSignals).soft) return err(Errno::Eagain);
    while (timers_.contains(next_)) next_ = next_ == 0x7fff'ffff ? 0 : next_ + 1;
    const int id = next_;
    next_ = id == 0x7fff'ffff ? 0 : id + 1;
    auto timer = std::make_unique<PosixTimer>(owner, id, std::move(clock), info, target_tid);
    PosixTimer* made = timer.get();
    timers_.emplace(id, std::move(timer));
    return made;
}

Result<PosixTimer*> PosixTimers::find(int id) {
    const auto found = timers_.find(id);
    if (found == timers_.end()) return err(Errno::Einval);
    return found->second.get();
}

Result<void> PosixTimers::remove(int id) {
    if (timers_.erase(id) == 0) return err(Errno::Einval);
    return {};
}

void PosixTimers::note_delivered(const SigInfo& info) {
    const auto timer = find(static_cast<int>(static_cast<u32>(info.words[0])));
    if (timer) (*timer)->overruns = static_cast<u32>(info.words[0] >> 32);
}

}  // namespace occlum::kernel
