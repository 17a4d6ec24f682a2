// How much memory programs are told that there is.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

/// Bytes. The total is the enclave's, but no more than one process can map: programs size heaps and
/// reservations by what they take for the machine's memory (a JVM by a quarter, V8 by half), and these have
/// to fit into a domain.
struct MemoryReport {
    u64 total, free;
    u64 available;  ///< free, or kept by free domains until it is wanted
    u64 resident;   ///< in all processes
};
MemoryReport memory_report();

}  // namespace occlum::kernel
