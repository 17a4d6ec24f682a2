#include "kernel/time/cpu_timer.h"

#include <algorithm>

#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

/// RLIMIT_CPU: SIGXCPU each second past the soft limit, SIGKILL past the hard one.
void enforce_cpu_limit(Process& process) {
    constexpr u64 kSecond = 1'000'000'000;
    ResourceLimit& limit = process.limits.of(Resource::Cpu);
    if (limit.soft == kUnlimited && limit.hard == kUnlimited) return;
    const u64 seconds = process.usage().cpu_ns() / kSecond;
    if (seconds >= limit.hard) {
        send_signal_of_usage(current_task(), SigInfo::kernel(kSigKill));
    } else if (seconds >= limit.soft) {
        send_signal_of_usage(current_task(), SigInfo::kernel(kSigXcpu));
        ++limit.soft;
    }
}

}  // namespace

CpuTimer::~CpuTimer() { disarm_cpu(); }

void CpuTimer::arm_cpu(Process& process, const CpuClock& clock, u64 deadline_ns) {
    disarm_cpu();
    clock_ = clock;
    cpu_deadline_ns_ = deadline_ns;
    // The clocks of a process that has ended never get there.
    if (process.zombie) return;
    process_ = &process;
    process.cpu_timers.armed_.push_back(this);
}

void CpuTimer::disarm_cpu() {
    if (!process_) return;
    std::erase(process_->cpu_timers.armed_, this);
    process_ = nullptr;
}

void CpuTimers::check(Process& process) {
    // One at a time: what fires may arm and disarm any of them.
    for (size_t i = 0; i < armed_.size();) {
        CpuTimer& timer = *armed_[i];
        const u64 now = cpu_clock_ns(process, timer.clock_);
        if (now < timer.cpu_deadline_ns_) {
            ++i;
            continue;
        }
        timer.disarm_cpu();
        timer.cpu_expired(now);
        // One that is armed again is at the end, and due no more.
    }
}

void CpuTimers::detach_all() {
    for (CpuTimer* timer : armed_) timer->process_ = nullptr;
    armed_.clear();
}

u64 cpu_clock_ns(const Process& process, const CpuClock& clock) {
    Usage usage;
    if (clock.tid == 0)
        usage = process.usage();
    else if (const RefPtr<Task> task = pid_table().task(clock.tid))
        usage = task->usage();
    return clock.what == CpuClock::What::User ? usage.user_ns : usage.cpu_ns();
}

bool wants_cpu_ticks(const Process& process) {
    const ResourceLimit& limit = process.limits.of(Resource::Cpu);
    return process.cpu_timers.active() || limit.soft != kUnlimited || limit.hard != kUnlimited;
}

void check_cpu_time() {
    Process& process = current_process();
    if (!wants_cpu_ticks(process)) return;
    process.cpu_timers.check(process);
    enforce_cpu_limit(process);
}

}  // namespace occlum::kernel
