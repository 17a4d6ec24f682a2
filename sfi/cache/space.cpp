#include "sfi/cache/space.h"

#include "sfi/cache/unsafe/code_memory.h"

namespace occlum::sfi {

Module* Space::module_at(u64 guest) const {
    for (const Ref<Module>& module : modules_) {
        if (module->key().contains(guest)) return module.get();
    }
    return nullptr;
}

bool Space::present(u32 page) const {
    const auto& group = groups_[page / kPagesPerGroup];
    if (!group) return false;
    const u32 bit = page % kPagesPerGroup;
    return ((*group)[bit / 64] >> (bit % 64)) & 1;
}

void Space::set_present(u32 page) {
    auto& group = groups_[page / kPagesPerGroup];
    if (!group) group = std::make_unique<Group>();
    const u32 bit = page % kPagesPerGroup;
    (*group)[bit / 64] |= u64{1} << (bit % 64);
}

u64 Space::get(u32 guest) const {
    if (!present(guest / kEntriesPerPage)) return 0;
    const u64 entry = load_table_entry(table_ + u64{guest} * 8);
    return entry == miss_ ? 0 : entry;
}

Result<void> Space::set(u32 guest, u64 landing) {
    const u32 page = guest / kEntriesPerPage;
    if (!present(page)) {
        if (const auto done = memory_.commit(page_address(page), kPageSize); !done) return done;
        fill_table_page(page_address(page), miss_);
        set_present(page);
    }
    store_table_entry(table_ + u64{guest} * 8, landing);
    return {};
}

void Space::clear(u32 guest) {
    if (present(guest / kEntriesPerPage)) store_table_entry(table_ + u64{guest} * 8, miss_);
}

void Space::drop_table() {
    for (u32 group = 0; group < kGroups; ++group) {
        if (!groups_[group]) continue;
        for (u32 n = 0; n < kPagesPerGroup; ++n) {
            const u32 page = group * kPagesPerGroup + n;
            if (present(page)) memory_.decommit(page_address(page), kPageSize);
        }
        groups_[group].reset();
    }
}

}  // namespace occlum::sfi
