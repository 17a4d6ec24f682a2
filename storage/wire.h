// Little-endian numbers in blocks. Offsets are constants or bounded by the callers; std::span checks them
// again.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>

#include "base/types.h"

namespace occlum::storage {

template <std::integral T>
T load(std::span<const u8> bytes, size_t at) {
    auto piece = bytes.subspan(at).first<sizeof(T)>();
    u64 value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) value |= u64{piece[i]} << 8 * i;
    return static_cast<T>(value);
}

template <std::integral T>
void store(std::span<u8> bytes, size_t at, T value) {
    auto piece = bytes.subspan(at).first<sizeof(T)>();
    for (size_t i = 0; i < sizeof(T); ++i) piece[i] = static_cast<u8>(static_cast<u64>(value) >> 8 * i);
}

inline void copy_bytes(std::span<const u8> from, std::span<u8> to) {
    std::ranges::copy(from, to.first(from.size()).begin());
}

}  // namespace occlum::storage
