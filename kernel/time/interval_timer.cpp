#include "kernel/time/interval_timer.h"

#include <algorithm>

#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

/// The first point after `now` on the grid of `interval`; counts the ones passed over.
u64 next_point(u64 deadline, u64 interval, u64 now, u64& missed) {
    missed = now > deadline ? (now - deadline) / interval : 0;
    return deadline + (missed + 1) * interval;
}

}  // namespace

void RealTimer::expired(u64 now_ns) {
    u64 missed = 0;
    if (interval_ns != 0) arm(next_point(deadline_ns(), interval_ns, now_ns, missed));
    if (owner_) send_signal(*owner_, SigInfo::kernel(kSigAlrm));
}

void PosixTimer::expired(u64 now_ns) {
    u64 missed = 0;
    if (interval_ns != 0) arm(next_point(deadline_ns(), interval_ns, now_ns, missed));
    constexpr u64 kMostOverruns = 0x7fff'ffff;
    overruns = static_cast<u32>(std::min(missed, kMostOverruns));
    if (info.signal == 0) return;
    SigInfo sent = info;
    sent.words[0] = static_cast<u32>(id) | u64{overruns} << 32;
    if (target_tid == 0) {
        send_signal(owner_, sent);
    } else if (const RefPtr<Task> task = pid_table().task(target_tid)) {
        send_signal(*task, sent);
    }
}

Result<PosixTimer*> PosixTimers::create(Process& owner, int clock, const SigInfo& info, u32 target_tid) {
    if (timers_.size() >= kMost) return err(Errno::Eagain);
    const int id = next_++;
    auto timer = std::make_unique<PosixTimer>(owner, id, clock, info, target_tid);
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

}  // namespace occlum::kernel
