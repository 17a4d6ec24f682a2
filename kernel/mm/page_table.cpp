#include "kernel/mm/page_table.h"

#include <algorithm>
#include <bit>

namespace occlum::kernel {

const PageTable::Leaf* PageTable::leaf(u64 page) const {
    const u64 index = page / kLeafPages;
    const auto& group = groups_[index / kGroupLeaves];
    return group ? (*group)[index % kGroupLeaves].get() : nullptr;
}

u8 PageTable::state(u64 page) const {
    const Leaf* found = leaf(page);
    return found ? found->states[page % kLeafPages] : u8{0};
}

void PageTable::set_state(u64 page, u8 state) {
    auto& group = groups_[page / kLeafPages / kGroupLeaves];
    if (!group) {
        if (state == 0) return;
        group = std::make_unique<Group>();
    }
    auto& slot = (*group)[page / kLeafPages % kGroupLeaves];
    if (!slot) {
        if (state == 0) return;
        slot = std::make_unique<Leaf>();
        present_[page / kLeafPages / 64] |= u64{1} << (page / kLeafPages % 64);
    }
    const u64 index = page % kLeafPages;
    const u8 before = std::exchange(slot->states[index], state);
    const u64 bit = u64{1} << (index % 64);
    if (state & kPageCommitted)
        slot->committed[index / 64] |= bit;
    else
        slot->committed[index / 64] &= ~bit;
    committed_ += u64{(state & kPageCommitted) != 0} - u64{(before & kPageCommitted) != 0};
    live_ += u64{(state & kPageLive) != 0} - u64{(before & kPageLive) != 0};
    peak_live_ = std::max(peak_live_, live_);
}

u64 PageTable::stamp(u64 page) const {
    const Leaf* found = leaf(page);
    return found ? found->stamps[page % kLeafPages] : 0;
}

void PageTable::set_stamp(u64 page, u64 stamp) {
    const auto& group = groups_[page / kLeafPages / kGroupLeaves];
    if (!group) return;
    if (const auto& slot = (*group)[page / kLeafPages % kGroupLeaves])
        slot->stamps[page % kLeafPages] = stamp;
}

u64 PageTable::run_end(u64 first, u64 limit) const {
    const u8 wanted = state(first);
    u64 page = first + 1;
    while (page < limit) {
        const Leaf* found = leaf(page);
        if (!found) {
            if (wanted != 0) return page;
            page = std::min(limit, (page / kLeafPages + 1) * kLeafPages);
        } else if (found->states[page % kLeafPages] != wanted) {
            return page;
        } else {
            ++page;
        }
    }
    return limit;
}

/// The first leaf that is there from `index` on, or the number of leaves.
u64 PageTable::next_leaf(u64 index) const {
    while (index < kPages / kLeafPages) {
        const u64 word = present_[index / 64] >> (index % 64);
        if (word != 0) return index + static_cast<u64>(std::countr_zero(word));
        index = (index / 64 + 1) * 64;
    }
    return kPages / kLeafPages;
}

void PageTable::shrink() {
    constexpr u64 kLeaves = kPages / kLeafPages;
    for (u64 index = next_leaf(0); index < kLeaves; index = next_leaf(index + 1)) {
        auto& slot = (*groups_[index / kGroupLeaves])[index % kGroupLeaves];
        if (std::ranges::any_of(slot->committed, [](u64 word) { return word != 0; })) continue;
        slot.reset();
        present_[index / 64] &= ~(u64{1} << (index % 64));
    }
}

u64 PageTable::next_committed(u64 first, u64 limit) const {
    u64 page = first;
    while (page < limit) {
        const Leaf* found = leaf(page);
        if (!found) {
            page = next_leaf(page / kLeafPages + 1) * kLeafPages;
            continue;
        }
        const u64 index = page % kLeafPages;
        const u64 word = found->committed[index / 64] >> (index % 64);
        if (word != 0) return std::min(limit, page + static_cast<u64>(std::countr_zero(word)));
        page = (page / 64 + 1) * 64;
    }
    return limit;
}

}  // namespace occlum::kernel
