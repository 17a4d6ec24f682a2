// The raw copies between the kernel and a domain. Callers have brought the pages in with the needed access,
// so a fault is rare; the instructions that may fault are labelled (user_copy.S) and answer false then.
#pragma once

#include <span>

#include "base/types.h"

namespace occlum::kernel {

/// `base`: the domain's host address. Offsets in bytes; the range must lie in the domain (trap otherwise).
[[nodiscard]] bool copy_from_domain(u64 base, u64 offset, std::span<u8> to);
[[nodiscard]] bool copy_to_domain(u64 base, u64 offset, std::span<const u8> from);
[[nodiscard]] bool fill_domain(u64 base, u64 offset, u8 value, u64 size);
/// Atomic against guest code; `expected` becomes what was found.
[[nodiscard]] bool compare_exchange_in_domain(u64 base, u64 offset, u32& expected, u32 desired);
/// Between domains, or inside one when the ranges do not overlap.
[[nodiscard]] bool copy_domain_range(u64 from_base, u64 from_offset, u64 to_base, u64 to_offset, u64 size);

}  // namespace occlum::kernel
