// What processes and tasks have used (getrusage(2)).
#pragma once

#include "base/types.h"

namespace occlum::kernel {

struct Usage {
    u64 user_ns = 0;
    u64 system_ns = 0;
    u64 minor_faults = 0, major_faults = 0;
    u64 voluntary_switches = 0, involuntary_switches = 0;
    u64 peak_resident_bytes = 0;

    u64 cpu_ns() const { return user_ns + system_ns; }
    /// The peak is the greater one, everything else the sum.
    void add(const Usage& other) {
        user_ns += other.user_ns;
        system_ns += other.system_ns;
        minor_faults += other.minor_faults;
        major_faults += other.major_faults;
        voluntary_switches += other.voluntary_switches;
        involuntary_switches += other.involuntary_switches;
        if (other.peak_resident_bytes > peak_resident_bytes) peak_resident_bytes = other.peak_resident_bytes;
    }
};

}  // namespace occlum::kernel
