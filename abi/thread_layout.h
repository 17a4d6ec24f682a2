// What each TCS has around it. Build-time constants: the loader adds these pages (they are measured), the
// runtime computes every address from fs.base, which the hardware loads from the TCS.
#pragma once

#include "base/types.h"

namespace occlum::abi {

/// Thread n's region is at kThreadsOffset + n * kThreadStride in ELRANGE. Whatever is not named is absent.
inline constexpr u64 kThreadsOffset = u64{512} << 20;
inline constexpr u64 kThreadStride = 0x40000;
inline constexpr u32 kMaxThreads = 64;

inline constexpr u64 kBootStack = 0x1000;
inline constexpr u64 kBootStackSize = 0x10000;
inline constexpr u64 kExceptionStack = 0x12000;
inline constexpr u64 kExceptionStackSize = 0x4000;
inline constexpr u64 kTcs = 0x17000;
inline constexpr u64 kSsa = 0x18000;
/// Frame 0: normal code. 1: the exception handler (ticks interrupt it too). 2: its own faults, only to
/// report.
inline constexpr u32 kSsaFrames = 3;
inline constexpr u32 kSsaFramePages = 1;
inline constexpr u64 kFatalStack = 0x1c000;
inline constexpr u64 kFatalStackSize = 0x3000;
/// fs.base: the vCPU block (sfi/gate/gate.h), then the runtime's own state.
inline constexpr u64 kThreadPage = 0x20000;
inline constexpr u64 kThreadPageSize = 0x1000;
inline constexpr u64 kVcpuBlockSize = 0x100;

static_assert(kThreadPage + kThreadPageSize < kThreadStride);

}  // namespace occlum::abi
