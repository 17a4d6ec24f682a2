// A task's x87, SSE and AVX registers, as XSAVE lays them out (SDM vol. 1, 13.4).
#pragma once

#include <array>
#include <span>

#include "base/types.h"

namespace occlum::kernel {

class ExtendedState {
public:
    static constexpr size_t kSize = 832;  ///< legacy region, header, AVX
    static constexpr u64 kFeatures = 7;   ///< XCR0: x87, SSE, AVX

    ExtendedState() { reset(); }
    ExtendedState(const ExtendedState& other) { *this = other; }
    ExtendedState& operator=(const ExtendedState& other);

    /// The state a fresh program has.
    void reset();
    void save();           ///< from the CPU
    void restore() const;  ///< to the CPU

    std::span<u8, kSize> image();
    std::span<const u8, kSize> image() const;
    /// Makes an image that came from a guest loadable: unknown features, reserved header bytes and
    /// reserved MXCSR bits are cleared.
    void sanitise();

private:
    std::span<u8, kSize> aligned();
    std::array<u8, kSize + 64> storage_;  // XSAVE wants 64-byte alignment, which operator new does not give
};

}  // namespace occlum::kernel
