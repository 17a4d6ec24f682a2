// The facts about lo.
#pragma once

#include <array>
#include <string_view>

#include "base/types.h"

namespace occlum::kernel {

inline constexpr std::string_view kLoopbackName = "lo";
inline constexpr u32 kLoopbackIndex = 1;
inline constexpr u32 kLoopbackFlags = 0x10049;  ///< UP, LOOPBACK, RUNNING, LOWER_UP
inline constexpr u32 kLoopbackMtu = 65536;
inline constexpr u32 kLoopbackQueue = 1000;
inline constexpr u16 kLoopbackHardware = 772;  ///< ARPHRD_LOOPBACK
inline constexpr std::array<u8, 4> kLoopbackAddress{127, 0, 0, 1};

}  // namespace occlum::kernel
