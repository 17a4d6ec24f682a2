// What the file system stands on, and the one thing that is not trusted: an array of blocks that somebody
// else keeps. It may lie, forget and reorder; only what was written before a flush that succeeded is expected
// to be there later.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace occlum::storage {

inline constexpr size_t kBlockSize = 4096;
using Block = std::array<u8, kBlockSize>;

class BlockStore {
public:
    virtual ~BlockStore() = default;
    /// Whole blocks from `first` on. What was never written reads as anything.
    virtual Result<void> read(u64 first, std::span<u8> out) = 0;
    virtual Result<void> write(u64 first, std::span<const u8> bytes) = 0;
    /// The same; may take the buffer itself, and leave one with anything in it.
    virtual Result<void> write_buffer(u64 first, std::vector<u8>& bytes) { return write(first, bytes); }
    virtual Result<void> flush() = 0;
};

/// Names one committed state of one image.
struct Version {
    u64 number = 0;
    std::array<u8, 16> digest{};  ///< the superblock's tag
    bool operator==(const Version&) const = default;
};

/// Remembers the last committed version where the keeper of the blocks cannot set it back: a monotonic
/// counter with a few bytes, a witness.
class TrustedVersion {
public:
    virtual ~TrustedVersion() = default;
    /// Nothing: never set.
    virtual Result<std::optional<Version>> read() = 0;
    /// Durable when it returns.
    virtual Result<void> advance(const Version& version) = 0;
};

}  // namespace occlum::storage
