// The first stack of a program: argc, argv, envp, the auxiliary vector and what they point to (System V ABI,
// x86-64 psABI 3.4.1), laid out as Linux does.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace occlum::kernel {

/// An entry of the auxiliary vector but those that stack_image() adds: RANDOM, EXECFN, PLATFORM, NULL.
struct AuxEntry {
    u64 type, value;
};
enum AuxType : u64 {
    kAuxNull = 0,
    kAuxPhdr = 3,
    kAuxPhent = 4,
    kAuxPhnum = 5,
    kAuxPageSize = 6,
    kAuxBase = 7,
    kAuxFlags = 8,
    kAuxEntry = 9,
    kAuxUid = 11,
    kAuxEuid = 12,
    kAuxGid = 13,
    kAuxEgid = 14,
    kAuxPlatform = 15,
    kAuxHwcap = 16,
    kAuxClockTick = 17,
    kAuxSecure = 23,
    kAuxRandom = 25,
    kAuxHwcap2 = 26,
    kAuxExecFn = 31,
    kAuxMinSigStack = 51,
};

struct StackRequest {
    std::span<const std::string> arguments, environment;
    std::string_view path;  ///< AT_EXECFN
    std::span<const AuxEntry> auxiliary;
    std::span<const u8, 16> random;  ///< AT_RANDOM
    u64 top = 0;                     ///< the first address above the stack
    u64 gap = 0;                     ///< bytes left free below the strings, for randomisation
};

struct StackImage {
    u64 pointer = 0;            ///< rsp: address of bytes[0], a multiple of 16
    std::vector<u8> bytes;      ///< up to `top`
    std::vector<u8> auxiliary;  ///< the whole vector, for /proc/self/auxv
};

/// E2BIG: a string of more than 128 KiB, or more in all than `limit` bytes with the pointers.
Result<StackImage> stack_image(const StackRequest& request, u64 limit);

}  // namespace occlum::kernel
