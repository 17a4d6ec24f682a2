#include "kernel/profile/sample_table.h"

#include <algorithm>

namespace occlum::kernel::profile {

namespace {

/// Fibonacci hashing: neighbouring addresses end up far apart.
u64 scrambled(u64 key) {
    const auto product = static_cast<unsigned __int128>(key) * 0x9e37'79b9'7f4a'7c15;
    return static_cast<u64>(product) ^ static_cast<u64>(product >> 64);
}

}  // namespace

void SampleTable::add(u64 key) {
    u64 at = scrambled(key);
    for (size_t probe = 0; probe < kProbes; ++probe, ++at) {
        Slot& slot = slots_[at & (slots_.size() - 1)];
        u64 there = slot.key.load(std::memory_order_relaxed);
        if (there == 0) slot.key.compare_exchange_strong(there, key, std::memory_order_relaxed);
        if (there != 0 && there != key) continue;
        slot.count.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    lost_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<SampleTable::Entry> SampleTable::entries() const {
    std::vector<Entry> all;
    for (const Slot& slot : slots_) {
        const u64 count = slot.count.load(std::memory_order_relaxed);
        if (count != 0) all.push_back({slot.key.load(std::memory_order_relaxed), count});
    }
    std::ranges::sort(all, {}, &Entry::key);
    return all;
}

}  // namespace occlum::kernel::profile
