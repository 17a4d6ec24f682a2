// The blocks of one level of a tree that are in memory, by index. In groups of neighbours: a search, and a
// walk through all of them, touch few lines of memory.
#pragma once

#include <algorithm>
#include <array>
#include <map>

#include "storage/block_cache.h"

namespace occlum::storage {

/// Held: RefPtr<CachedBlock>, or a plain pointer to what somebody else holds.
template <typename Held>
class BlockMap {
public:
    CachedBlock* find(u64 index) const {
        auto found = groups_.find(index / kGroup);
        return found == groups_.end() ? nullptr : to_pointer(found->second[index % kGroup]);
    }
    void put(u64 index, CachedBlock& block) {
        // Most are the next of those before.
        groups_.try_emplace(groups_.end(), index / kGroup)->second[index % kGroup] = Held(&block);
    }
    void erase(u64 index) {
        auto found = groups_.find(index / kGroup);
        if (found == groups_.end()) return;
        found->second[index % kGroup] = nullptr;
        if (std::ranges::none_of(found->second,
                                 [](const Held& block) { return to_pointer(block) != nullptr; }))
            groups_.erase(found);
    }
    bool empty() const { return groups_.empty(); }
    /// Calls `function(block)` in the order of the indices, until one fails.
    template <typename Function>
    Result<void> each(Function function) const {
        for (const auto& [number, group] : groups_)
            for (const Held& block : group)
                if (to_pointer(block) != nullptr) TRY(function(*to_pointer(block)));
        return {};
    }

private:
    static CachedBlock* to_pointer(CachedBlock* block) { return block; }
    static CachedBlock* to_pointer(const RefPtr<CachedBlock>& block) { return block.get(); }
    static constexpr u64 kGroup = 16;
    std::map<u64, std::array<Held, kGroup>> groups_;
};

using NodeMap = BlockMap<RefPtr<CachedBlock>>;
using DirtyMap = BlockMap<CachedBlock*>;

}  // namespace occlum::storage
