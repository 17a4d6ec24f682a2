// Spaces and modules: who shares what.
#include <algorithm>

#include "sfi/cache/cache.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

/// Kept for programs that may run again.
constexpr size_t kUnusedModules = 256;

MappingKey key_of(const ExecMapping& mapping, bool paired) {
    return {mapping.identity, mapping.start.value, mapping.size, mapping.offset, paired};
}

bool inside_domain(const ExecMapping& mapping) {
    return page_aligned(mapping.start.value) && page_aligned(mapping.size) && mapping.size <= kDomainSize &&
           mapping.start.value <= kDomainSize - mapping.size;
}

}  // namespace

bool CodeCacheImpl::pairs(std::span<const ExecMapping> mappings, u64 owner) const {
    u64 size = 0;
    for (const ExecMapping& mapping : mappings) size += mapping.size;
    return owner == 0 && size >= layout_.paired_from;
}

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

/// What nobody can find any more: spaces with private code, and that code, after their process.
void CodeCacheImpl::drop_unused() {
    std::erase_if(spaces_, [](const Ref<Space>& space) {
        if (space->owner() == 0 || space->ref_count() != 1) return false;
        space->drop_table();
        return true;
    });
    size_t unused = 0;
    std::erase_if(modules_, [&](const auto& entry) {
        if (entry.second->ref_count() != 1) return false;
        unused += entry.second->permanent() ? 1 : 0;
        if (entry.second->permanent()) return false;
        store_.release(*entry.second);
        return true;
    });
    if (unused > kUnusedModules) release_unused_modules();
}

/// Modules of no space: nobody is in them, and no table leads there. True: there were some.
bool CodeCacheImpl::release_unused_modules() {
    return std::erase_if(modules_, [this](const auto& entry) {
               if (entry.second->ref_count() != 1) return false;
               store_.release(*entry.second);
               return true;
           }) != 0;
}

// All private code is one module, whatever its mappings are at the moment.
Ref<Module> CodeCacheImpl::module_for(const ExecMapping& mapping, u64 owner, bool paired) {
    const bool own = owner != 0 && mapping.identity == owner;
    const MappingKey key = own ? MappingKey{owner, 0, kDomainSize, 0, paired} : key_of(mapping, paired);
    const auto found = modules_.find(key);
    if (found != modules_.end()) return found->second;
    return modules_.emplace(key, make_ref<Module>(key, mapping.bytes, !own)).first->second;
}

std::vector<Space::Range> CodeCacheImpl::ranges_for(std::span<const ExecMapping> mappings, u64 owner) {
    const bool paired = pairs(mappings, owner);
    std::vector<Space::Range> ranges;
    ranges.reserve(mappings.size());
    for (const ExecMapping& mapping : mappings)
        ranges.push_back({key_of(mapping, paired), module_for(mapping, owner, paired),
                          owner != 0 && mapping.identity == owner});
    std::ranges::sort(ranges, {}, [](const Space::Range& range) { return range.key.start; });
    return ranges;
}

Result<Ref<CodeSpace>> CodeCacheImpl::space(std::span<const ExecMapping> mappings, u64 owner) {
    const bool paired = pairs(mappings, owner);
    std::vector<MappingKey> keys;
    for (const ExecMapping& mapping : mappings) {
        if (!inside_domain(mapping)) return err(Errno::Einval);
        keys.push_back(key_of(mapping, paired));
    }
    std::ranges::sort(keys, {}, &MappingKey::start);
    drop_unused();
    for (const Ref<Space>& space : spaces_) {
        if (owner != 0 && space->owner() == owner) {
            update(*space, ranges_for(mappings, owner));
            return Ref<CodeSpace>(space);
        }
        if (owner != 0 || !space->matches(keys)) continue;
        ++stats_.space_hits;
        return Ref<CodeSpace>(space);
    }
    const u32 index = TRY(free_table());
    const u64 table = layout_.tables + index * kTableSize;
    const u64 miss = layout_.code + (paired ? kMissLanding : static_cast<u32>(Stub::Miss) * kStubStride);
    Ref<Space> space = make_ref<Space>(owner, index, table, miss, paired, memory_);
    space->set_ranges(ranges_for(mappings, owner));
    spaces_.push_back(space);
    return Ref<CodeSpace>(space);
}

namespace {

/// Calls `visit` for each piece of `range` that no range of the same module in `others` covers.
template <typename Visit>
void for_uncovered(const Space::Range& range, const std::vector<Space::Range>& others, Visit visit) {
    u64 at = range.key.start;
    for (const Space::Range& other : others) {
        if (other.module != range.module || other.key.end() <= at) continue;
        if (other.key.start >= range.key.end()) break;
        if (other.key.start > at) visit(at, other.key.start);
        at = other.key.end();
    }
    if (at < range.key.end()) visit(at, range.key.end());
}

}  // namespace

/// The owner's mappings have changed. The table goes on: only what is no longer executable leaves it.
void CodeCacheImpl::update(Space& space, std::vector<Space::Range> ranges) {
    const std::vector<Space::Range> before = space.ranges();
    space.set_ranges(ranges);
    for (const Space::Range& range : before) {
        Module& module = *range.module;
        for_uncovered(range, ranges, [&](u64 start, u64 end) {
            if (range.own) {
                suspend(space, module, start, end);
                return;
            }
            module.for_each([&](const CodeEntry& entry) { space.clear(entry.guest); });
        });
    }
    // A unit that ended where the bytes did may go on now.
    for (const Space::Range& range : ranges) {
        if (!range.own) continue;
        for_uncovered(range, before, [&](u64 start, u64) { remove_straddling(space, *range.module, start); });
    }
}

}  // namespace occlum::sfi
