#include "sfi/cache/cache.h"

#include <algorithm>

#include "sfi/cache/unsafe/code_memory.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

constexpr u64 kUnitAlignment = 16;
constexpr u64 kCommitStep = 64 << 10;
/// Guest bytes shown to the translator: a region and its last instruction.
constexpr u64 kWindowSize = 2048 + 16;
/// jmp *(%r10,%r11,8)
constexpr std::array<u8, 4> kDispatchJump{0x43, 0xff, 0x24, 0xda};

constexpr u64 align_up(u64 value, u64 alignment) { return (value + alignment - 1) & ~(alignment - 1); }

// Offsets in the unit that will be entered from outside, ascending.
std::vector<u32> entry_offsets(const translator::Unit& unit) {
    std::vector<u32> offsets;
    for (const translator::EntryPoint& entry : unit.entries) {
        if (entry.landing != translator::kNoLanding) offsets.push_back(entry.landing);
        offsets.push_back(entry.body);
    }
    std::ranges::sort(offsets);
    const auto repeated = std::ranges::unique(offsets);
    offsets.erase(repeated.begin(), repeated.end());
    return offsets;
}

void store_link_id(translator::Unit& unit, u32 at, u32 id) {
    for (u32 n = 0; n < 4; ++n) unit.code[at + n] = static_cast<u8>(id >> (8 * n));
}

}  // namespace

Result<std::unique_ptr<CodeCache>> CodeCache::create(const CacheLayout& layout, CacheMemory& memory) {
    if (layout.code_size > kMaxCacheSize || layout.code_size < 2 * kFirstUnit) return err(Errno::Einval);
    auto cache = std::make_unique<CodeCacheImpl>(layout, memory);
    if (const auto started = cache->start(); !started) return err(started.error());
    return cache;
}

CodeCacheImpl::CodeCacheImpl(const CacheLayout& layout, CacheMemory& memory)
    : layout_(layout), memory_(memory) {}

Result<void> CodeCacheImpl::start() {
    if (const auto done = commit_code(kFirstUnit); !done) return done;
    write_stubs(layout_.code);
    return {};
}

Result<void> CodeCacheImpl::commit_code(u64 end) {
    if (end <= committed_) return {};
    const u64 upto = std::min(align_up(end, kCommitStep), layout_.code_size);
    if (const auto done = memory_.commit(layout_.code + committed_, upto - committed_); !done) return done;
    committed_ = upto;
    return {};
}

Result<u64> CodeCacheImpl::resolve(CodeSpace& face, GuestAddr guest) {
    Space& space = static_cast<Space&>(face);
    if (guest.value >= kDomainSize) return err(Errno::Efault);
    const u32 address = static_cast<u32>(guest.value);
    if (const auto landing = space.landing(address)) return *landing;
    Module* const module = space.module_at(guest.value);
    if (!module) return err(Errno::Efault);
    const CodeEntry* entry = module->find(address);
    if (entry && entry->landing != translator::kNoLanding) {
        ++stats_.shared_entries;
    } else {
        if (const auto made = translate_at(*module, guest); !made) return err(made.error());
        entry = module->find(address);
        if (!entry || entry->landing == translator::kNoLanding) return err(Errno::Efault);
    }
    if (const auto set = space.set(address, layout_.code + entry->landing); !set) return err(set.error());
    publish(space, *entry);
    return layout_.code + entry->landing;
}

// Return sites of the same unit will be wanted soon: fill them in too. Only a saving, so errors do not
// matter.
void CodeCacheImpl::publish(Space& space, const CodeEntry& entry) {
    const Installed& unit = units_[entry.unit];
    for (const translator::EntryPoint& point : unit.meta.entries) {
        if (point.landing == translator::kNoLanding) continue;
        const u32 guest = static_cast<u32>(point.guest.value);
        const CodeEntry* known = unit.module->find(guest);
        if (!known || known->landing == translator::kNoLanding) continue;
        if (!space.set(guest, layout_.code + known->landing)) return;
    }
}

// A refused unit is an error of the translator; the guest must not suffer more than speed from it.
Result<void> CodeCacheImpl::translate_at(Module& module, GuestAddr guest) {
    const u64 offset = align_up(next_, kUnitAlignment);
    if (offset + kUnitAlignment > layout_.code_size) return err(Errno::Enomem);
    const MappingKey& key = module.key();
    window_.resize(std::min(kWindowSize, key.end() - guest.value));
    window_.resize(module.bytes().read(key.offset + (guest.value - key.start), window_));
    const translator::Window window{guest, window_};
    for (auto scope : {translator::Scope::Region, translator::Scope::Single, translator::Scope::Assist}) {
        if (TRY(attempt(module, window, guest, static_cast<u32>(offset), scope))) return {};
    }
    return err(Errno::Efault);
}

Result<bool> CodeCacheImpl::attempt(Module& module, const translator::Window& window, GuestAddr guest,
                                    u32 offset, translator::Scope scope) {
    Candidate candidate;
    const u64 begun = now();
    candidate.unit = TRY(translator::translate(window, guest, offset, module, scope));
    const u64 translated = now();
    translator::Unit& unit = candidate.unit;
    if (offset + unit.code.size() > layout_.code_size) return err(Errno::Enomem);
    for (size_t n = 0; n < unit.links.size(); ++n) {
        store_link_id(unit, unit.links[n].argument, static_cast<u32>(links_.size() + n + 1));
    }
    candidate.entries = entry_offsets(unit);
    auto verdict = verifier::verify({unit.code, offset, candidate.entries}, *this);
    stats_.translate_ns += translated - begun;
    stats_.verify_ns += now() - translated;
    if (!verdict) {
        ++stats_.rejected;
        if (rejected_)
            rejected_({guest, verdict.error().offset, verdict.error().rule, verdict.error().reason});
        return false;
    }
    candidate.verified = std::move(*verdict);
    if (const auto done = install(module, offset, std::move(candidate)); !done) return err(done.error());
    return true;
}

Result<void> CodeCacheImpl::install(Module& module, u32 offset, Candidate candidate) {
    translator::Unit& unit = candidate.unit;
    const u32 size = static_cast<u32>(unit.code.size());
    if (const auto done = commit_code(offset + size); !done) return done;
    copy_code(layout_.code + offset, unit.code);
    next_ = offset + size;
    const u32 number = static_cast<u32>(units_.size());
    for (const translator::LinkSite& link : unit.links) {
        const bool allowed = std::ranges::binary_search(candidate.verified.link_fields, link.field);
        links_.push_back({number, offset + link.field, link.target, allowed});
    }
    for (const translator::EntryPoint& point : unit.entries) {
        const bool lands = point.landing != translator::kNoLanding;
        module.add({static_cast<u32>(point.guest.value),
                    lands ? offset + point.landing : translator::kNoLanding, offset + point.body, number});
    }
    module.covered(unit.guest_start.value, unit.guest_end.value);
    ++stats_.units;
    stats_.guest_instructions += unit.guest_instructions;
    stats_.guest_bytes += unit.guest_end.value - unit.guest_start.value;
    stats_.code_bytes += size;
    unit.code = {};
    unit.recovery.shrink_to_fit();
    units_.push_back({offset, size, module, std::move(unit), std::move(candidate.entries)});
    return {};
}

void CodeCacheImpl::flush() {
    for (const Ref<Space>& space : spaces_) {
        space->drop_table();
        for (const Ref<Module>& module : space->modules()) module->forget_all();
    }
    for (const auto& [key, module] : modules_) module->forget_all();
    units_.clear();
    links_.clear();
    std::erase_if(spaces_, [](const Ref<Space>& space) { return space->ref_count() == 1; });
    std::erase_if(modules_, [](const auto& entry) { return entry.second->ref_count() == 1; });
    next_ = kFirstUnit;
    ++stats_.flushes;
}

void CodeCacheImpl::link(CodeSpace&, u32 link_id) {
    if (link_id == 0 || link_id > links_.size()) return;
    const Link link = links_[link_id - 1];
    if (!link.allowed) return;
    const Ref<Module> module = units_[link.unit].module;
    auto body = module->body_of(link.target);
    if (!body && module->key().contains(link.target.value) && translate_at(*module, link.target)) {
        body = module->body_of(link.target);
    }
    if (!body || !is_entry(*body)) return;
    patch_rel32(layout_.code + link.field, *body - (link.field + 4));
    ++stats_.links;
}

bool CodeCacheImpl::contains(u64 host_pc) const {
    return host_pc >= layout_.code && host_pc - layout_.code < next_;
}

const CodeCacheImpl::Installed* CodeCacheImpl::unit_at(u32 cache_offset) const {
    const auto after = std::ranges::upper_bound(units_, cache_offset, {}, &Installed::start);
    if (after == units_.begin()) return nullptr;
    const Installed& unit = *std::prev(after);
    return cache_offset - unit.start < unit.size ? &unit : nullptr;
}

bool CodeCacheImpl::is_entry(u32 cache_offset) const {
    const Installed* const unit = unit_at(cache_offset);
    return unit && std::ranges::binary_search(unit->entries, cache_offset - unit->start);
}

bool CodeCacheImpl::recover(GuestContext& context) const {
    if (!contains(context.host_pc)) return false;
    const u32 offset = static_cast<u32>(context.host_pc - layout_.code);
    const Installed* const unit = unit_at(offset);
    if (!unit) return false;
    translator::recover(unit->meta, offset - unit->start, context);
    return true;
}

bool CodeCacheImpl::is_dispatch(u64 host_pc) const {
    if (!contains(host_pc)) return false;
    const u32 offset = static_cast<u32>(host_pc - layout_.code);
    const Installed* const unit = unit_at(offset);
    return unit && unit->start + unit->size - offset >= kDispatchJump.size() &&
           code_equals(host_pc, kDispatchJump);
}

CacheStats CodeCacheImpl::stats() const {
    CacheStats stats = stats_;
    stats.modules = modules_.size();
    stats.spaces = spaces_.size();
    return stats;
}

void CodeCacheImpl::observe(u64 (*clock)(), void (*rejected)(const RejectedUnit&)) {
    clock_ = clock;
    rejected_ = rejected;
}

}  // namespace occlum::sfi
