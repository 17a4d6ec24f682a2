// The root of everything: block 0 or 1 of the store, the newer complete one.
//
//   0 magic, format | 16 salt | 48 tag | 64 body, sealed with HKDF(user's key, salt)
//
// The salt is fresh for each superblock ever written, so its key is, too. The body lists the blocks that were
// written together with it, when they are few: the mount checks that all have arrived, so one flush commits
// both.
#pragma once

#include <vector>

#include "crypto/sha256.h"
#include "storage/pointer.h"

namespace occlum::storage {

/// The user's key, or one derived from the enclave's sealing key.
using MasterKey = std::array<u8, 32>;

struct Superblock {
    u64 number = 0;
    Version parent;  ///< the trusted version when this was written
    std::array<u8, 16> uuid{};
    u64 capacity = 0;  ///< blocks
    TreeRoot inodes, space;
    u64 inode_count = 0;  ///< slots in the table
    u64 inodes_used = 0;
    u64 free_inode = 0;  ///< head of the list of free slots; 0 none
    u64 orphans = 0;     ///< inodes without a name
    u64 reserved = 0;    ///< blocks set aside
    struct Written {
        Pointer pointer;
        u8 level;
    };
    std::vector<Written> written;  ///< must all be there

    static constexpr size_t kMaxWritten = 90;
    static constexpr u64 kSlots = 2;
};

/// Gives the tag: what the version's digest is.
crypto::Tag seal_superblock(const Superblock& super, const MasterKey& key, const std::array<u8, 32>& salt,
                            Block& out);
struct OpenedSuperblock {
    Superblock super;
    Version version;
};
/// Nothing: not one, or not with this key.
std::optional<OpenedSuperblock> open_superblock(const Block& block, u64 slot, const MasterKey& key);

}  // namespace occlum::storage
