// MRENCLAVE is SHA-256 over these records, in the order of the build steps (SDM vol. 3D, ECREATE, EADD,
// EEXTEND). EEXTEND's record is followed by the 256 bytes that it measures.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "sgx/architecture.h"

namespace occlum::sgx {

using MeasurementRecord = std::array<u8, 64>;
inline constexpr size_t kExtendChunk = 256;

namespace detail {

constexpr void put(std::span<u8> out, u64 value) {
    for (u8& byte : out) {
        byte = static_cast<u8>(value);
        value >>= 8;
    }
}

constexpr MeasurementRecord record(std::string_view name) {
    MeasurementRecord bytes{};
    for (size_t i = 0; i < name.size(); ++i) bytes[i] = static_cast<u8>(name[i]);
    return bytes;
}

}  // namespace detail

constexpr MeasurementRecord ecreate_record(u32 ssa_frame_pages, u64 size) {
    auto bytes = detail::record("ECREATE");
    detail::put(std::span(bytes).subspan(8, 4), ssa_frame_pages);
    detail::put(std::span(bytes).subspan(12, 8), size);
    return bytes;
}

/// `offset`: of the page from the enclave's base. Only the flags of SECINFO may be non-zero.
constexpr MeasurementRecord eadd_record(u64 offset, u64 secinfo_flags) {
    auto bytes = detail::record("EADD");
    detail::put(std::span(bytes).subspan(8, 8), offset);
    detail::put(std::span(bytes).subspan(16, 8), secinfo_flags);
    return bytes;
}

constexpr MeasurementRecord eextend_record(u64 offset) {
    auto bytes = detail::record("EEXTEND");
    detail::put(std::span(bytes).subspan(8, 8), offset);
    return bytes;
}

}  // namespace occlum::sgx
