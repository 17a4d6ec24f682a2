// struct rusage as system calls pass it.
#pragma once

#include <array>

#include "kernel/syscall/time_types.h"
#include "kernel/task/usage.h"

namespace occlum::kernel {

struct UsageWire {
    Timeval user, system;
    u64 max_resident_kib;
    std::array<u64, 3> shared_and_unshared;
    u64 minor_faults, major_faults, swaps, blocks_in, blocks_out, messages_sent, messages_received, signals,
        voluntary_switches, involuntary_switches;
};
static_assert(sizeof(UsageWire) == 144);

inline UsageWire usage_wire(const Usage& usage) {
    UsageWire wire{};
    wire.user = to_timeval(usage.user_ns);
    wire.system = to_timeval(usage.system_ns);
    wire.max_resident_kib = usage.peak_resident_bytes >> 10;
    wire.minor_faults = usage.minor_faults;
    wire.major_faults = usage.major_faults;
    wire.voluntary_switches = usage.voluntary_switches;
    wire.involuntary_switches = usage.involuntary_switches;
    return wire;
}

}  // namespace occlum::kernel
