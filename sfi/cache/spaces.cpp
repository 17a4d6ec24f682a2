// Spaces and modules: who shares what.
#include <algorithm>

#include "sfi/cache/cache.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

MappingKey key_of(const ExecMapping& mapping) {
    return {mapping.identity, mapping.start.value, mapping.size, mapping.offset};
}

bool inside_domain(const ExecMapping& mapping) {
    return page_aligned(mapping.start.value) && page_aligned(mapping.size) && mapping.size <= kDomainSize &&
           mapping.start.value <= kDomainSize - mapping.size;
}

}  // namespace

// An index that no space has; else that of a space that no process uses any more.
Result<u32> CodeCacheImpl::free_table() {
    std::vector<bool> used(layout_.table_count);
    for (const Ref<Space>& space : spaces_) used[space->table_index()] = true;
    for (u32 n = 0; n < layout_.table_count; ++n) {
        if (!used[n]) return n;
    }
    for (size_t n = 0; n < spaces_.size(); ++n) {
        if (spaces_[n]->ref_count() != 1) continue;
        const u32 index = spaces_[n]->table_index();
        spaces_[n]->drop_table();
        spaces_.erase(spaces_.begin() + static_cast<std::ptrdiff_t>(n));
        return index;
    }
    return err(Errno::Enomem);
}

Ref<Module> CodeCacheImpl::module_for(const MappingKey& key, const ExecMapping& mapping) {
    const auto found = modules_.find(key);
    if (found != modules_.end()) return found->second;
    return modules_.emplace(key, make_ref<Module>(key, mapping.bytes)).first->second;
}

Result<Ref<CodeSpace>> CodeCacheImpl::space(std::span<const ExecMapping> mappings) {
    std::vector<MappingKey> keys;
    for (const ExecMapping& mapping : mappings) {
        if (!inside_domain(mapping)) return err(Errno::Einval);
        keys.push_back(key_of(mapping));
    }
    std::ranges::sort(keys, {}, &MappingKey::start);
    for (const Ref<Space>& space : spaces_) {
        if (!space->matches(keys)) continue;
        ++stats_.space_hits;
        return Ref<CodeSpace>(space);
    }
    const u32 index = TRY(free_table());
    const u64 table = layout_.tables + index * kTableSize;
    const u64 miss = layout_.code + static_cast<u32>(Stub::Miss) * kStubStride;
    Ref<Space> space = make_ref<Space>(index, table, miss, memory_);
    for (const ExecMapping& mapping : mappings)
        space->modules().push_back(module_for(key_of(mapping), mapping));
    space->set_keys(std::move(keys));
    spaces_.push_back(space);
    return Ref<CodeSpace>(space);
}

// The space goes on with an empty module; others that share the old one are not disturbed. The old code stays
// in the cache, reachable from nowhere, until the next flush.
void CodeCacheImpl::invalidate(CodeSpace& face, GuestAddr start, u64 size) {
    Space& space = static_cast<Space&>(face);
    for (Ref<Module>& module : space.modules()) {
        if (!module->covers(start.value, start.value + size)) continue;
        module->for_each([&](const CodeEntry& entry) { space.clear(entry.guest); });
        const auto shared = modules_.find(module->key());
        if (shared != modules_.end() && shared->second == module) modules_.erase(shared);
        module = make_ref<Module>(module->key(), module->bytes_ref());
        space.mark_changed();
    }
}

}  // namespace occlum::sfi
