// The untrusted memory of a host call. Everything in it may change at any moment: it is written once, and
// read once into the enclave.
#pragma once

#include <array>
#include <bit>
#include <span>
#include <string_view>
#include <type_traits>

#include "abi/host_calls.h"
#include "base/types.h"

namespace occlum::enclave {

/// A call area may be used: aligned, outside ELRANGE, not wrapping, in the lower half of the address space.
bool call_area_good(u64 address);

/// One call: put the data, go, take the reply's data. Data lie at offsets in the area's data part, in bytes;
/// offsets are multiples of 8, and what does not fit is a broken invariant (panic).
class CallArea {
public:
    CallArea();
    void put(u64 offset, std::span<const u8> bytes);
    void put(u64 offset, std::string_view text);
    /// Leaves the enclave. The result as the host gave it: unchecked.
    i64 call(abi::HostCall number, std::array<u64, 6> args);
    void take(u64 offset, std::span<u8> out) const;

    /// X4: only structures without padding cross.
    template <typename T>
    void put_struct(u64 offset, const T& value) {
        static_assert(sizeof(T) % 8 == 0 && std::has_unique_object_representations_v<T>);
        put(offset, std::bit_cast<std::array<u8, sizeof(T)>>(value));
    }
    template <typename T>
    T take_struct(u64 offset) const {
        static_assert(sizeof(T) % 8 == 0 && std::has_unique_object_representations_v<T>);
        std::array<u8, sizeof(T)> bytes{};
        take(offset, bytes);
        return std::bit_cast<T>(bytes);
    }

private:
    u64 data_;
};

}  // namespace occlum::enclave
