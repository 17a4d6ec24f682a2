// What lies where in a domain, as guest offsets. Code is placed the same way in each process, so that its
// translation is shared and return addresses fit `push $imm32`; data is randomised.
#pragma once

#include "abi/code_places.h"
#include "base/types.h"
#include "sfi/dialect.h"

namespace occlum::kernel {

inline constexpr u64 kLowest = sfi::kGuardSize;
inline constexpr u64 kHighest = sfi::kDomainSize - sfi::kGuardSize;
using abi::kPieBase;
/// Private file mappings are placed downwards from here; those from a file's beginning, such as of libraries,
/// where they are in each process (FilePages::home).
inline constexpr u64 kFileCeiling = abi::kHomesCeiling;
inline constexpr u64 kTwoGiB = u64{1} << 31;
/// Between the stack's lowest page and the next mapping below.
inline constexpr u64 kStackGap = 1 << 20;
inline constexpr u64 kMinStack = 8 << 20, kMaxStack = 64 << 20;
/// The salts' ranges (domain.cpp) in bytes.
inline constexpr u64 kStackSaltRange = u64{2048} * kPageSize;

}  // namespace occlum::kernel
