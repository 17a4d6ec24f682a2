// The numbers behind `--profile`. Samples are taken by ticks, everywhere; time in the host is measured.
// Nothing here locks or allocates: ticks find the kernel in the middle of anything.
#pragma once

#include <array>

#include "abi/host_calls.h"
#include "kernel/profile/activity.h"
#include "kernel/profile/sample_table.h"

namespace occlum::kernel {
class Task;
}

namespace occlum::kernel::profile {

/// A busy vCPU is looked at so often. Not a divisor of the scheduler's periods, so as not to go in step.
inline constexpr u64 kPeriodNs = 997'000;

using Counter = std::atomic<u64>;

struct Counters {
    struct Call {
        Counter count{0}, samples{0}, host_cycles{0};
    };
    struct HostCalls {
        Counter count{0}, cycles{0};
    };
    std::array<std::array<Counter, kActivities>, kPrograms> samples{};
    std::array<Counter, kPrograms> host_cycles{};  ///< by program, without waits for the kernel lock
    std::array<Call, kCalls> calls{};
    std::array<HostCalls, static_cast<size_t>(abi::HostCall::Count)> host{};
    Counter lock_cycles{0};  ///< in the host, napping until the kernel lock is free
};
Counters& counters();

/// A look at what this vCPU is doing.
void count_sample(const Cpu& cpu);

/// At a tick that found the kernel, at this offset of the LibOS's image. Whether the scheduler is to hear of
/// it.
bool take_kernel_tick(u64 offset);
/// At a tick that found guest code, with the kernel lock: the same, and where in the program that was.
bool take_guest_tick(Task& task);

/// The scheduler wants ticks with this period; 0: none. Sampling ticks come anyway, and some of them are the
/// scheduler's.
void set_scheduler_tick(u64 period_ns);

/// Of every host call, when it is back.
void count_host_call(abi::HostCall number, u64 cycles);

/// Before this vCPU's first guest code: it is sampled from now on.
void start_sampling();

void record_program(Task& task);
void record_call(u64 number);

/// A task of this program is in the kernel from now on.
inline void note_program(Task& task) {
    if (profiling()) [[unlikely]]
        record_program(task);
}
inline void note_call(u64 number) {
    if (profiling()) [[unlikely]]
        record_call(number);
}

}  // namespace occlum::kernel::profile
