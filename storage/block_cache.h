// Decrypted blocks in memory, those that are clean in the order of their use. Bounded.
//
//   BlockTree ──Ref──> CachedBlock <── clean list of BlockCache (no ownership)
#pragma once

#include <memory>

#include "base/ref.h"
#include "storage/block_store.h"

namespace occlum::storage {

class BlockTree;

class CachedBlock : public RefCounted {
public:
    CachedBlock(BlockTree& owner, u8 level, u64 index) : owner_(&owner), index_(index), level_(level) {}

private:
    // On its own, since the heap's classes fit powers of two. Left as it is: whoever makes one fills it.
    std::unique_ptr<Block> storage_ = std::make_unique_for_overwrite<Block>();

public:
    Block& bytes = *storage_;

private:
    friend class BlockCache;
    friend class BlockTree;
    BlockTree* owner_;  // null: no longer in the tree
    u64 index_;
    u64 planned_ = 0;  // where it will be written
    u8 level_;
    bool dirty_ = false;
    bool listed_ = false;
    bool recently_used_ = false;
    CachedBlock *before_ = nullptr, *behind_ = nullptr;  // in the clean list
};

/// What a block in memory takes of the heap, with all that is kept to find it and to let it go.
inline constexpr size_t kBlockMemory = kBlockSize + 256;

class BlockCache {
public:
    explicit BlockCache(size_t limit) : limit_(limit) {}
    void add(CachedBlock& block);
    void remove(CachedBlock& block);
    static void use(CachedBlock& block) { block.recently_used_ = true; }
    size_t size() const { return size_; }
    /// Lets the least used go. Callers hold no blocks but by reference.
    void shrink();

private:
    void append(CachedBlock& block);
    void unlink(CachedBlock& block);

    size_t limit_, size_ = 0;
    CachedBlock *oldest_ = nullptr, *newest_ = nullptr;
};

}  // namespace occlum::storage
