// Made by measurement_vectors.py; do not edit.
#pragma once

#include <string_view>

namespace occlum::sgx::vectors {

inline constexpr std::string_view kEmpty = "c044f9bbbef49c1742b3dea71c099483728fb6252eee5e43d4364fc4fc431070";
inline constexpr std::string_view kOneCodePage =
    "577bb4a974371d6e9ba82789f3377e1f4e7eb8554d18fd1f5f80a309a34b8beb";
inline constexpr std::string_view kUnmeasuredPage =
    "db5fe742d02a3d7ed6d732b412d506adbc203ff211080d9a3ad7e1060520a964";
inline constexpr std::string_view kThreePages =
    "388e821725f2e0aeecccc30969b48d15c8256ac51bbbb6d93500e82961283de0";

}  // namespace occlum::sgx::vectors
