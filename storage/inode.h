// What is kept of a file besides its contents, and its form in the table of inodes.
#pragma once

#include "storage/pointer.h"

namespace occlum::storage {

struct Time {
    i64 seconds = 0;
    u32 nanoseconds = 0;
    constexpr auto operator<=>(const Time&) const = default;
};

struct InodeRecord {
    u32 mode = 0;  ///< type and permissions as in inode(7); 0: the slot is free
    u32 links = 0, uid = 0, gid = 0;
    u64 rdev = 0, size = 0;
    u64 blocks = 0, reserved = 0;  ///< of the contents: not holes; of these, only set aside
    Time accessed = {}, modified = {}, changed = {}, born = {};
    TreeRoot data = {}, xattrs = {};
    u32 xattr_size = 0;
    u64 next_free = 0;  ///< of a free slot

    static constexpr size_t kSize = 256;
    static constexpr u64 kPerBlock = kBlockSize / kSize;
    void encode(std::span<u8> out) const;
    /// EIO when it makes no sense.
    static Result<InodeRecord> decode(std::span<const u8> bytes);
};

// inode(7).
inline constexpr u32 kTypeMask = 0170000, kTypeDirectory = 0040000, kTypeRegular = 0100000,
                     kTypeLink = 0120000;
inline constexpr u32 kSetGid = 02000;
constexpr bool is_directory(u32 mode) { return (mode & kTypeMask) == kTypeDirectory; }
constexpr bool is_regular(u32 mode) { return (mode & kTypeMask) == kTypeRegular; }

}  // namespace occlum::storage
