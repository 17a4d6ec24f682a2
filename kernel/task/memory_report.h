// How much memory programs are told that there is.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

/// What one process can map. Programs size heaps and reservations by what they take for the machine's memory
/// (a JVM by a quarter, V8 by half), and these have to fit into a domain.
inline constexpr u64 kReportedMemory = u64{4} << 30;

/// Bytes in use by all processes; never so much that a program would not even try.
u64 reported_memory_use();

}  // namespace occlum::kernel
