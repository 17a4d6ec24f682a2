#include "kernel/syscall/own_calls.h"

#include <bit>

#include "enclave/host.h"
#include "kernel/profile/counters.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/trace.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u32 kGetpid = 39, kGettimeofday = 96, kGetuid = 102, kGetgid = 104, kGeteuid = 107, kGetegid = 108,
              kGettid = 186, kClockGettime = 228;

std::optional<u64> time_of(i32 clock) {
    switch (clock) {
        case kClockRealtime:
        case kClockRealtimeCoarse:
            return enclave::realtime_ns_at_once();
        case kClockMonotonic:
        case kClockMonotonicRaw:
        case kClockMonotonicCoarse:
        case kClockBoottime:
            return enclave::monotonic_ns_at_once();
        default:
            return std::nullopt;
    }
}

/// Two words, each stored whole.
std::optional<u64> store(const Task& task, u64 to, i64 first, i64 second) {
    const AddressSpace& memory = task.process().address_space();
    const auto put = [&](u64 at, i64 word) {
        return memory.copy_out_at_once({at}, std::bit_cast<std::array<u8, sizeof word>>(word));
    };
    if (!put(to, first) || !put(to + sizeof first, second)) return std::nullopt;
    return 0;
}

std::optional<u64> clock_gettime(Task& task, i32 clock, u64 to) {
    const auto now = time_of(clock);
    if (!now) return std::nullopt;
    const Timespec time = to_timespec(*now);
    return store(task, to, time.seconds, time.nanoseconds);
}

std::optional<u64> gettimeofday(Task& task, u64 to, u64 zone) {
    const auto now = to != 0 && zone == 0 ? time_of(kClockRealtime) : std::nullopt;
    if (!now) return std::nullopt;
    const Timeval time = to_timeval(*now);
    return store(task, to, time.seconds, time.microseconds);
}

std::optional<u64> answer(Task& task) {
    const auto& gpr = task.context.gpr;
    switch (static_cast<u32>(gpr[sfi::RAX])) {
        case kGetpid:
            return u64{task.process().pid};
        case kGettid:
            return u64{task.tid};
        case kGetuid:
            return u64{task.credentials().uid};
        case kGeteuid:
            return u64{task.credentials().euid};
        case kGetgid:
            return u64{task.credentials().gid};
        case kGetegid:
            return u64{task.credentials().egid};
        case kClockGettime:
            return clock_gettime(task, static_cast<i32>(gpr[sfi::RDI]), gpr[sfi::RSI]);
        case kGettimeofday:
            return gettimeofday(task, gpr[sfi::RDI], gpr[sfi::RSI]);
        default:
            return std::nullopt;
    }
}

}  // namespace

bool may_answer_own_calls(const Task& task) {
    return !task.trace && task.seccomp_mode == SeccompMode::None && !tracing() && !profile::profiling();
}

bool answer_own_call(Task& task) {
    const auto result = answer(task);
    if (!result) return false;
    // The instruction leaves its own traces in rcx and r11.
    task.context.gpr[sfi::RCX] = task.context.rip;
    task.context.gpr[sfi::R11] = task.context.rflags;
    task.context.gpr[sfi::RAX] = *result;
    return true;
}

}  // namespace occlum::kernel
