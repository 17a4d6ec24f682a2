// What this system calls itself: uname(2), /proc/version, /proc/sys/kernel.
#pragma once

#include <string_view>

namespace occlum::kernel {

inline constexpr std::string_view kSystemRelease = "6.1.0-occlum";
inline constexpr std::string_view kSystemVersion = "#1 SMP occlum";

}  // namespace occlum::kernel
