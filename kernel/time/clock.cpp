#include "kernel/time/clock.h"

#include "enclave/host.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

/// Clocks of other processes and threads: ~number << 3, the lowest bits saying which clock.
Result<TimerClock> dynamic_clock(i32 number) {
    constexpr i32 kPerThread = 4, kWhich = 3, kUser = 1, kOfDescriptor = 3;
    const u32 id = ~static_cast<u32>(number >> 3);
    if ((number & kWhich) == kOfDescriptor) return err(Errno::Einval);
    const auto what = (number & kWhich) == kUser ? CpuClock::What::User : CpuClock::What::Total;
    if (number & kPerThread) {
        const auto task = id == 0 ? RefPtr<Task>(current_task()) : pid_table().task(id);
        if (!task || &task->process() != &current_process()) return err(Errno::Einval);
        return TimerClock{false, RefPtr<Process>(task->process()), {what, task->tid}};
    }
    const auto process = id == 0 ? RefPtr<Process>(current_process()) : pid_table().process(id);
    if (!process) return err(Errno::Einval);
    return TimerClock{false, process, {what, 0}};
}

}  // namespace

Result<TimerClock> clock_of(i32 number) {
    if (number < 0) return dynamic_clock(number);
    switch (number) {
        case kClockRealtime:
        case kClockRealtimeCoarse:
        case kClockRealtimeAlarm:
        case kClockTai:
            return TimerClock{true, nullptr, {}};
        case kClockMonotonic:
        case kClockMonotonicRaw:
        case kClockMonotonicCoarse:
        case kClockBoottime:
        case kClockBoottimeAlarm:
            return TimerClock{false, nullptr, {}};
        case kClockProcessCpu:
            return TimerClock{false, RefPtr<Process>(current_process()), {}};
        case kClockThreadCpu:
            return TimerClock{
                false, RefPtr<Process>(current_process()), {CpuClock::What::Total, current_task().tid}};
        default:
            return err(Errno::Einval);
    }
}

u64 clock_ns(const TimerClock& clock) {
    if (clock.cpu_of) return cpu_clock_ns(*clock.cpu_of, clock.cpu);
    return clock.realtime ? enclave::realtime_ns() : enclave::monotonic_ns();
}

bool is_coarse(i32 number) { return number == kClockRealtimeCoarse || number == kClockMonotonicCoarse; }
bool is_alarm(i32 number) { return number == kClockRealtimeAlarm || number == kClockBoottimeAlarm; }

u64 realtime_to_monotonic(u64 point_ns) {
    const u64 now = enclave::realtime_ns(), monotonic = enclave::monotonic_ns();
    return point_ns > now ? deadline_after(monotonic, point_ns - now) : monotonic;
}

}  // namespace occlum::kernel
