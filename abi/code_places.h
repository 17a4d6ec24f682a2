// Where code lies in a process, as guest offsets: the same for all, so that translations are shared, and can
// be made when an image is built.
#pragma once

#include "base/types.h"

namespace occlum::abi {

/// Position-independent main programs; the heap follows them.
inline constexpr u64 kPieBase = 0x0200'0000;
/// Libraries of images with stored translations have homes between these, which their images say.
inline constexpr u64 kImageHomesFloor = 0x4000'0000, kImageHomesCeiling = 0x6000'0000;
/// Other libraries are given theirs between these.
inline constexpr u64 kHomesFloor = kImageHomesCeiling, kHomesCeiling = 0x7ff0'0000;

/// Of a file with stored translations: three words of 4 bytes, little-endian. The name of its archive in
/// kStoredCodeFolder, a decimal number; then where the whole file goes, and its size there in bytes, 0 if it
/// goes where all of its kind go.
inline constexpr u64 kStoredCodeSize = 12;
inline constexpr const char* kStoredCodeXattr = "trusted.occlum.code";
inline constexpr const char* kStoredCodeFolder = ".occlum/code";

}  // namespace occlum::abi
