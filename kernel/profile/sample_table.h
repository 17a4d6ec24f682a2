// How often each key was seen: a table of fixed size, without locks, so that the handler of ticks may count
// in the middle of anything. When the few places that a key may have are taken, its samples are counted as
// lost: they are in all totals, but nowhere by place.
#pragma once

#include <atomic>
#include <vector>

#include "base/types.h"

namespace occlum::kernel::profile {

class SampleTable {
public:
    static constexpr size_t kDefaultSlots = 1 << 16;
    static constexpr size_t kProbes = 32;

    /// A power of two.
    explicit SampleTable(size_t slots = kDefaultSlots) : slots_(slots) {}

    /// Any key but 0.
    void add(u64 key);
    u64 lost() const { return lost_.load(std::memory_order_relaxed); }

    struct Entry {
        u64 key, count;
    };
    /// Ascending keys.
    std::vector<Entry> entries() const;

private:
    struct Slot {
        std::atomic<u64> key{0}, count{0};
    };
    std::vector<Slot> slots_;
    std::atomic<u64> lost_{0};
};

}  // namespace occlum::kernel::profile
