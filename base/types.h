// Integer names used everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace occlum {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using std::size_t;

inline constexpr u64 kPageSize = 4096;

constexpr u64 page_down(u64 address) { return address & ~(kPageSize - 1); }
/// Wraps to 0 for addresses in the last page of the 64-bit space: callers bound their input first.
constexpr u64 page_up(u64 address) { return (address + kPageSize - 1) & ~(kPageSize - 1); }
constexpr bool page_aligned(u64 address) { return (address & (kPageSize - 1)) == 0; }

}  // namespace occlum
