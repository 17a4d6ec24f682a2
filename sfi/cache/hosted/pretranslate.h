// Makes archives (sfi/cache/archive.h), where images are built.
#pragma once

#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::sfi {

/// One executable mapping as it will be in a process.
struct ProgramCode {
    u32 start = 0;              ///< guest address, page aligned
    u32 offset = 0;             ///< of it in the file, bytes
    std::span<const u8> bytes;  ///< of the file; whole pages but the last
    u32 size = 0;               ///< of the mapping: bytes.size() rounded up to pages
    bool paired = false;        ///< CacheLayout::paired_from
    std::vector<u32> entries;   ///< guest addresses to begin with: functions
};

/// Translates what is reached from the entries by direct branches and calls, and what comes back from calls.
std::vector<u8> pretranslate(const ProgramCode& program);

}  // namespace occlum::sfi
