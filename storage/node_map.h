// The blocks of one level of a tree that are in memory, by index.
#pragma once

#include "base/hash_table.h"
#include "storage/block_cache.h"

namespace occlum::storage {

/// Held: RefPtr<CachedBlock>, or a plain pointer to what somebody else holds.
template <typename Held>
class BlockMap {
public:
    CachedBlock* find(u64 index) const { return blocks_.find(index); }
    void put(u64 index, CachedBlock& block) { blocks_.put(index, Held(&block)); }
    void erase(u64 index) { blocks_.take(index); }
    bool empty() const { return blocks_.empty(); }
    /// Calls `function(block)` in the order of the indices, until one fails.
    template <typename Function>
    Result<void> each(Function function) const {
        std::vector<std::pair<u64, CachedBlock*>> blocks;
        blocks.reserve(blocks_.size());
        blocks_.for_each([&](u64 index, CachedBlock* block) { blocks.emplace_back(index, block); });
        std::ranges::sort(blocks);
        for (const auto& [index, block] : blocks) TRY(function(*block));
        return {};
    }

private:
    HashTable<u64, Held, NumberHash> blocks_;
};

using NodeMap = BlockMap<RefPtr<CachedBlock>>;
using DirtyMap = BlockMap<CachedBlock*>;

}  // namespace occlum::storage
