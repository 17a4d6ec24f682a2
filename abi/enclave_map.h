// The enclave's address range (ELRANGE): what lies where, as offsets from its base, in bytes.
// ELRANGE is aligned to its size, as the SDM demands (vol. 3D, SECS.BASEADDR), so domains are 4 GiB aligned.
#pragma once

#include "base/types.h"

namespace occlum::abi {

inline constexpr u64 kGiB = u64{1} << 30;
inline constexpr u64 kElrangeSize = u64{1} << 44;

// The image (libos.elf, TCS and SSA pages, stacks) is at offset 0.
inline constexpr u64 kImageLimit = 1 * kGiB;
// The measured configuration (measured_config.h), in the image's range behind the threads.
inline constexpr u64 kMeasuredConfigOffset = kGiB / 4 * 3;
// Code cache: 1 GiB; committed as it grows.
inline constexpr u64 kCodeOffset = 4 * kGiB;
inline constexpr u64 kCodeSize = 1 * kGiB;
// Kernel heap and kernel stacks.
inline constexpr u64 kHeapOffset = 8 * kGiB;
inline constexpr u64 kHeapSize = 256 * kGiB;
inline constexpr u64 kStacksOffset = 512 * kGiB;
inline constexpr u64 kStacksSize = 64 * kGiB;
// Dispatch tables, 32 GiB each.
inline constexpr u64 kTablesOffset = 1024 * kGiB;
inline constexpr u32 kTableCount = 64;
// Domains, 4 GiB each, to the end.
inline constexpr u64 kDomainsOffset = 4096 * kGiB;
inline constexpr u32 kDomainCount = 3072;

static_assert(kDomainsOffset + kDomainCount * 4 * kGiB == kElrangeSize);

}  // namespace occlum::abi
