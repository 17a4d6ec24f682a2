// How a block names another: where it is, the key that it alone is sealed with, and the tag that it must
// have.
#pragma once

#include "crypto/aead.h"
#include "storage/block_store.h"
#include "storage/wire.h"

namespace occlum::storage {

struct Pointer {
    crypto::Key key{};
    crypto::Tag tag{};
    u64 location = 0;  ///< block number in the store

    static constexpr u64 kHole = 0;            ///< reads as zeroes
    static constexpr u64 kReserved = ~u64{0};  ///< reads as zeroes; room is set aside for it
    static constexpr size_t kSize = 40;

    bool is_block() const { return location != kHole && location != kReserved; }

    static Pointer decode(std::span<const u8> bytes, size_t at) {
        Pointer pointer;
        copy_bytes(bytes.subspan(at, 16), pointer.key);
        copy_bytes(bytes.subspan(at + 16, 16), pointer.tag);
        pointer.location = load<u64>(bytes, at + 32);
        return pointer;
    }
    void encode(std::span<u8> bytes, size_t at) const {
        copy_bytes(key, bytes.subspan(at, 16));
        copy_bytes(tag, bytes.subspan(at + 16, 16));
        store(bytes, at + 32, location);
    }
};

/// Pointers in an index block.
inline constexpr u64 kFanout = kBlockSize / Pointer::kSize;

/// A tree of blocks: `height` levels of index blocks above the leaves.
struct TreeRoot {
    Pointer pointer;
    u8 height = 0;
};
inline constexpr u8 kMaxHeight = 5;

}  // namespace occlum::storage
