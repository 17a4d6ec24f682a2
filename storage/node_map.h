// The blocks of one level of a tree that are in memory, by index. In groups of neighbours: a search touches
// few lines of memory.
#pragma once

#include <algorithm>
#include <array>
#include <map>

#include "storage/block_cache.h"

namespace occlum::storage {

class NodeMap {
public:
    CachedBlock* find(u64 index) {
        auto found = groups_.find(index / kGroup);
        return found == groups_.end() ? nullptr : found->second[index % kGroup].get();
    }
    void put(u64 index, CachedBlock& block) {
        // Most are the next of those before.
        groups_.try_emplace(groups_.end(), index / kGroup)->second[index % kGroup] =
            RefPtr<CachedBlock>(block);
    }
    void erase(u64 index) {
        auto found = groups_.find(index / kGroup);
        if (found == groups_.end()) return;
        found->second[index % kGroup] = nullptr;
        if (std::ranges::none_of(found->second, [](const auto& block) { return block.get() != nullptr; }))
            groups_.erase(found);
    }
    template <typename Function>
    void each(Function function) {
        for (auto& [number, group] : groups_)
            for (RefPtr<CachedBlock>& block : group)
                if (block) function(*block);
    }

private:
    static constexpr u64 kGroup = 16;
    std::map<u64, std::array<RefPtr<CachedBlock>, kGroup>> groups_;
};

}  // namespace occlum::storage
