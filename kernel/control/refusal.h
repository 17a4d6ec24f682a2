// Why a program could not be started, in words and as a shell's status.
#pragma once

#include <string_view>

#include "base/result.h"

namespace occlum::kernel {

inline constexpr u32 kStatusBroken = 125, kStatusNotExecutable = 126, kStatusNotFound = 127,
                     kStatusSignalled = 128;

std::string_view describe_refusal(Errno code);
u32 refusal_status(Errno code);

}  // namespace occlum::kernel
