#include "sfi/cache/space.h"

#include <algorithm>

#include "sfi/cache/unsafe/code_memory.h"

namespace occlum::sfi {

Module* Space::module_at(u64 guest) const {
    const auto end_of = [](const Range& range) { return range.key.end(); };
    const auto found = std::ranges::upper_bound(ranges_, guest, {}, end_of);
    return found != ranges_.end() && found->key.contains(guest) ? found->module.get() : nullptr;
}

bool Space::matches(const std::vector<MappingKey>& keys) const {
    return owner_ == 0 && std::ranges::equal(ranges_, keys, {}, &Range::key);
}

bool Space::present(u32 run) const {
    const auto& group = groups_[run / kRunsPerGroup];
    if (!group) return false;
    const u32 bit = run % kRunsPerGroup;
    return ((*group)[bit / 64] >> (bit % 64)) & 1;
}

void Space::set_present(u32 run) {
    auto& group = groups_[run / kRunsPerGroup];
    if (!group) group = std::make_unique<Group>();
    const u32 bit = run % kRunsPerGroup;
    (*group)[bit / 64] |= u64{1} << (bit % 64);
}

std::optional<u64> Space::landing(u32 guest) const {
    if (!present(guest / kEntriesPerRun)) return std::nullopt;
    const u64 entry = load_table_entry(table_ + u64{guest} * 8);
    if (entry == miss_) return std::nullopt;
    return entry;
}

Result<void> Space::set(u32 guest, u64 landing) {
    const u32 run = guest / kEntriesPerRun;
    if (!present(run)) {
        // Confined code may be looking: new pages are zero before they are filled.
        memory_.keep_guests_out();
        if (const auto done = memory_.commit(run_address(run), kRunSize); !done) return done;
        fill_table(run_address(run), kRunSize, miss_);
        set_present(run);
    }
    store_table_entry(table_ + u64{guest} * 8, landing);
    return {};
}

void Space::clear(u32 guest) {
    if (present(guest / kEntriesPerRun)) store_table_entry(table_ + u64{guest} * 8, miss_);
}

void Space::drop_table() {
    for (u32 group = 0; group < kGroups; ++group) {
        if (!groups_[group]) continue;
        for (u32 n = 0; n < kRunsPerGroup; ++n) {
            const u32 run = group * kRunsPerGroup + n;
            if (present(run)) memory_.decommit(run_address(run), kRunSize);
        }
        groups_[group].reset();
    }
}

}  // namespace occlum::sfi
