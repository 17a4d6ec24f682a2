// Typed guest addresses. They are offsets into a process's domain and cannot be dereferenced;
// kernel/mm/ has the copies that reach guest memory.
#pragma once

#include <compare>

#include "base/types.h"

namespace occlum {

/// An address as guest code sees it: an offset into its domain. Any 64-bit value may come from a guest.
struct GuestAddr {
    u64 value = 0;

    constexpr GuestAddr operator+(u64 bytes) const { return {value + bytes}; }
    constexpr GuestAddr operator-(u64 bytes) const { return {value - bytes}; }
    constexpr auto operator<=>(const GuestAddr&) const = default;
    constexpr bool is_null() const { return value == 0; }
};

/// A guest pointer to T whose direction of use is in the type: In (the kernel reads), Out (it writes), InOut.
template <typename T>
struct UserIn {
    GuestAddr addr;
};
template <typename T>
struct UserOut {
    GuestAddr addr;
};
template <typename T>
struct UserInOut {
    GuestAddr addr;
};

}  // namespace occlum
