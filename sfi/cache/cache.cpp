#include "sfi/cache/cache.h"

#include <algorithm>

#include "sfi/cache/archive.h"
#include "sfi/cache/unsafe/code_memory.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

/// Guest bytes shown to the translator: a region, its last instruction, and one more behind a call.
constexpr u64 kWindowSize = 2048 + 32;
/// The accesses to a table entry: jmp *(%r10,%r11,8); if paired, call *(%r11), jmp *(%r11) and push (%r11).
constexpr std::array<u8, 4> kDispatchJump{0x43, 0xff, 0x24, 0xda};
constexpr std::array<std::array<u8, 3>, 3> kPairedAccess{
    {{0x41, 0xff, 0x13}, {0x41, 0xff, 0x23}, {0x41, 0xff, 0x33}}};

void make_ascending(std::vector<u32>& offsets) {
    if (!std::ranges::is_sorted(offsets)) std::ranges::sort(offsets);
    const auto repeated = std::ranges::unique(offsets);
    offsets.erase(repeated.begin(), repeated.end());
}

// Offsets in the unit that will be entered from outside.
struct Offsets {
    Offsets(const translator::Unit& unit, bool paired) {
        bodies.reserve(unit.entries.size());
        landings.reserve(unit.entries.size());
        for (const translator::EntryPoint& entry : unit.entries) {
            if (entry.landing != translator::kNoLanding)
                (paired ? landings : bodies).push_back(entry.landing);
            bodies.push_back(entry.body);
        }
        make_ascending(bodies);
        make_ascending(landings);
    }

    std::vector<u32> bodies, landings;
};

u32 load32(const std::vector<u8>& code, u32 at) {
    u32 value = 0;
    for (u32 n = 0; n < 4; ++n) value |= u32{code[at + n]} << (8 * n);
    return value;
}

void store32(std::vector<u8>& code, u32 at, u32 value) {
    for (u32 n = 0; n < 4; ++n) code[at + n] = static_cast<u8>(value >> (8 * n));
}

// Where a new unit may lead: to the module's own entries, when these stay as long as the unit does. In code
// that changes there are only links, which can be taken back.
class EntriesOf final : public verifier::KnownEntries {
public:
    EntriesOf(const Module& module, const CodeStore& store) : module_(module), store_(store) {}
    bool is_body(u32 cache_offset) const override {
        const Installed* const unit = unit_at(cache_offset);
        return unit && unit->is_body(cache_offset);
    }
    bool is_landing(u32 cache_offset) const override {
        const Installed* const unit = unit_at(cache_offset);
        return unit && unit->is_landing(cache_offset);
    }

private:
    const Installed* unit_at(u32 cache_offset) const {
        if (!module_.permanent() || store_.owner(cache_offset) != &module_) return nullptr;
        return store_.at(cache_offset);
    }

    const Module& module_;
    const CodeStore& store_;
};

}  // namespace

Result<std::unique_ptr<CodeCache>> CodeCache::create(const CacheLayout& layout, CacheMemory& memory) {
    if (layout.code_size > kMaxCacheSize || layout.code_size < CodeStore::kChunkSize)
        return err(Errno::Einval);
    auto cache = std::make_unique<CodeCacheImpl>(layout, memory);
    TRY(cache->start());
    return cache;
}

CodeCacheImpl::CodeCacheImpl(const CacheLayout& layout, CacheMemory& memory)
    : layout_(layout), memory_(memory), store_(layout, memory) {}

std::optional<u64> CodeCacheImpl::known(const CodeSpace& face, GuestAddr guest) const {
    const Space& space = static_cast<const Space&>(face);
    if (guest.value >= kDomainSize) return std::nullopt;
    const auto landing = space.landing(static_cast<u32>(guest.value));
    if (!landing) return std::nullopt;
    return *landing + (space.paired() ? kRestoreSize : 0);
}

namespace {

/// The entry there, when a dispatch can go to it: everywhere but in paired code it can go to bodies.
const CodeEntry* entry_for_dispatch(Module& module, u32 guest) {
    const CodeEntry* const entry = module.find(guest);
    if (!entry || entry->landing != translator::kNoLanding) return entry;
    if (module.paired()) return nullptr;
    module.add({guest, entry->body, entry->body});
    return module.find(guest);
}

}  // namespace

Result<u64> CodeCacheImpl::resolve(CodeSpace& face, GuestAddr guest) {
    Space& space = static_cast<Space&>(face);
    if (const auto landing = known(space, guest)) return *landing;
    if (guest.value >= kDomainSize) return err(Errno::Efault);
    const u32 address = static_cast<u32>(guest.value);
    Module* const module = space.module_at(guest.value);
    if (!module) return err(Errno::Efault);
    const CodeEntry* entry = entry_for_dispatch(*module, address);
    if (entry) {
        ++stats_.shared_entries;
    } else {
        TRY(make_code(space, *module, {guest, true}));
        entry = entry_for_dispatch(*module, address);
        if (!entry) return err(Errno::Efault);
    }
    TRY(space.set(address, layout_.code + entry->landing));
    publish(space, *entry);
    return layout_.code + entry->landing + (space.paired() ? kRestoreSize : 0);
}

// Return sites of the same unit will be wanted soon: fill them in too. Only a saving, so errors do not
// matter.
void CodeCacheImpl::publish(Space& space, const CodeEntry& entry) {
    const Installed* const unit = store_.at(entry.body);
    if (!unit) return;
    for (const Point& point : unit->points) {
        if (point.landing == kNoOffset) continue;
        const u32 landing = unit->start + point.landing;
        const Module* const module = space.module_at(point.guest);
        const CodeEntry* const known = module ? module->find(point.guest) : nullptr;
        if (!known || known->landing != landing) continue;
        if (!space.set(point.guest, layout_.code + landing)) return;
    }
}

Result<void> CodeCacheImpl::make_code(Space& space, Module& module, Wanted wanted) {
    if (module.archive() && TRY(take_stored(space, module, wanted))) return {};
    return translate_at(space, module, wanted.guest);
}

/// From the module's archive. False: it has nothing there, or nothing that the verifier accepts.
Result<bool> CodeCacheImpl::take_stored(Space& space, Module& module, Wanted wanted) {
    const u32 guest = static_cast<u32>(wanted.guest.value);
    const auto try_at = [&](Result<u32> place) -> Result<Outcome> {
        const u32 offset = TRY(place);
        auto unit = module.archive()->unit_at(guest, wanted.landing && module.paired(), offset);
        if (!unit) return Outcome::Refused;
        return accept(space, module, wanted.guest, offset, std::move(*unit), true);
    };
    Outcome outcome = TRY(try_at(place(module, kArchiveAlignment)));
    if (outcome == Outcome::NoRoom) outcome = TRY(try_at(place_in_new_chunk(module)));
    if (outcome == Outcome::Done) ++stats_.stored_units;
    return outcome == Outcome::Done;
}

Result<u32> CodeCacheImpl::place(Module& module, u32 alignment) {
    const auto offset = store_.place(module, alignment);
    return !offset && release_unused_modules() ? store_.place(module, alignment) : offset;
}

Result<u32> CodeCacheImpl::place_in_new_chunk(Module& module) {
    const auto offset = store_.place_in_new_chunk(module);
    return !offset && release_unused_modules() ? store_.place_in_new_chunk(module) : offset;
}

// A refused unit is an error of the translator; the guest must not suffer more than speed from it.
Result<void> CodeCacheImpl::translate_at(Space& space, Module& module, GuestAddr guest) {
    const MappingKey& key = module.key();
    window_.resize(std::min(kWindowSize, key.end() - guest.value));
    window_.resize(module.bytes().read(key.offset + (guest.value - key.start), window_));
    const translator::Window window{guest, window_};
    for (auto scope : {translator::Scope::Region, translator::Scope::Single, translator::Scope::Assist}) {
        Outcome outcome{};
        TRY(translate_in(space, module, window, scope, outcome));
        if (outcome == Outcome::Done) return {};
    }
    return err(Errno::Efault);
}

Result<void> CodeCacheImpl::translate_in(Space& space, Module& module, const translator::Window& window,
                                         translator::Scope scope, Outcome& outcome) {
    outcome = TRY(attempt(space, module, window, TRY(place(module)), scope));
    if (outcome != Outcome::NoRoom) return {};
    outcome = TRY(attempt(space, module, window, TRY(place_in_new_chunk(module)), scope));
    return {};
}

Result<CodeCacheImpl::Outcome> CodeCacheImpl::attempt(Space& space, Module& module,
                                                      const translator::Window& window, u32 offset,
                                                      translator::Scope scope) {
    const u64 begun = now();
    enter(CachePhase::Translating);
    translator::Unit unit = TRY(translator::translate(window, window.start, offset, module, scope));
    stats_.translate_ns += now() - begun;
    enter(CachePhase::Other);
    return accept(space, module, window.start, offset, std::move(unit), false);
}

/// The only way into the cache. `stored`: the unit comes from an archive.
Result<CodeCacheImpl::Outcome> CodeCacheImpl::accept(Space& space, Module& module, GuestAddr entry,
                                                     u32 offset, translator::Unit unit, bool stored) {
    if (unit.code.size() >= CodeStore::room(offset)) return Outcome::NoRoom;
    const u64 begun = now();
    for (const translator::LinkSite& link : unit.links)
        store32(unit.code, link.argument, offset + link.field);
    const Offsets entries(unit, module.paired());
    enter(CachePhase::Verifying);
    const auto verdict = verifier::verify(
        {unit.code, offset, entries.bodies, entries.landings, module.paired()}, EntriesOf(module, store_));
    stats_.verify_ns += now() - begun;
    enter(CachePhase::Other);
    if (!verdict) {
        ++stats_.rejected;
        const verifier::Rejection& why = verdict.error();
        if (rejected_) rejected_({entry, why.offset, why.rule, why.reason});
        return Outcome::Refused;
    }
    const u32 instructions = unit.guest_instructions;
    const Installed& installed = *TRY(keep(module, offset, std::move(unit), *verdict));
    ++stats_.units;
    stats_.guest_instructions += instructions;
    stats_.guest_bytes += installed.guest_end - installed.guest_start;
    stats_.code_bytes += installed.size;
    if (!module.permanent()) note_unit(module, installed);
    // Nothing else leads straight to other units here.
    if (stored || !module.permanent()) link_known(space, module, installed);
    return Outcome::Done;
}

Result<const Installed*> CodeCacheImpl::keep(Module& module, u32 offset, translator::Unit unit,
                                             const verifier::Verified& verified) {
    Installed kept;
    kept.start = offset;
    kept.size = static_cast<u32>(unit.code.size());
    kept.guest_start = unit.guest_start.value;
    kept.guest_end = unit.guest_end.value;
    kept.recovery = std::move(unit.recovery);
    kept.recovery.shrink_to_fit();
    kept.links.reserve(unit.links.size());
    for (const translator::LinkSite& link : unit.links) {
        const auto& fields = link.is_call ? verified.call_fields : verified.link_fields;
        if (!std::ranges::binary_search(fields, link.field)) continue;
        // Not as the translator says but as the verifier saw it.
        const u32 exit = link.field + 4 + load32(unit.code, link.field);
        if (exit >= kept.size) continue;
        kept.links.push_back({static_cast<u32>(link.target.value), static_cast<u16>(link.field),
                              static_cast<u16>(exit), link.is_call});
    }
    kept.points.reserve(unit.entries.size());
    for (const translator::EntryPoint& point : unit.entries) {
        const bool lands = point.landing != translator::kNoLanding;
        kept.points.push_back({static_cast<u32>(point.guest.value),
                               lands ? static_cast<u16>(point.landing) : kNoOffset,
                               static_cast<u16>(point.body)});
    }
    const Installed& installed = *TRY(store_.add(std::move(kept), unit.code));
    for (const Point& point : installed.points) {
        const bool lands = point.landing != kNoOffset;
        module.add(
            {point.guest, lands ? offset + point.landing : translator::kNoLanding, offset + point.body});
    }
    return &installed;
}

void CodeCacheImpl::link_known(Space& space, Module& module, const Installed& unit) {
    for (const Link& link : unit.links) {
        const auto target = target_of(module, link);
        if (target && space.module_at(link.target) == &module) patch(module, unit, link, *target);
    }
}

std::optional<u32> CodeCacheImpl::target_of(const Module& module, const Link& link) {
    return link.is_call ? module.landing_of({link.target}) : module.body_of({link.target});
}

void CodeCacheImpl::patch(Module& module, const Installed& unit, const Link& link, u32 target) {
    const Installed* const there = store_.at(target);
    if (!there || store_.owner(target) != &module) return;
    if (link.is_call ? !there->is_landing(target) : !there->is_body(target)) return;
    if (!module.permanent()) note_link(module, unit, link);
    store_.patch(unit, link, target);
    ++stats_.links;
}

void CodeCacheImpl::flush() {
    memory_.keep_guests_out();
    for (const Ref<Space>& space : spaces_) space->drop_table();
    for (const auto& [key, module] : modules_) {
        module->forget_all();
        module->chunks.clear();
    }
    store_.clear();
    std::erase_if(spaces_, [](const Ref<Space>& space) { return space->ref_count() == 1; });
    std::erase_if(modules_, [](const auto& entry) { return entry.second->ref_count() == 1; });
    ++stats_.flushes;
}

// A link's id is the place of its field. One that is out of date names no link or another, which is as good.
void CodeCacheImpl::link(CodeSpace& face, u32 link_id) {
    Space& space = static_cast<Space&>(face);
    const Installed* unit = store_.at(link_id);
    const Link* found = unit ? unit->link_at(link_id) : nullptr;
    if (!found) return;
    const Link link = *found;
    Module* const module = space.module_at(link.target);
    if (!module || store_.owner(link_id) != module) return;
    auto target = target_of(*module, link);
    if (!target) {
        if (!make_code(space, *module, {{link.target}, link.is_call})) return;
        target = target_of(*module, link);
        unit = store_.at(link_id);
    }
    if (!target) return;
    // The unit may be running. Stores are atomic for other processors' fetch within 8 aligned bytes on each
    // processor, and mostly within a line.
    constexpr u32 kAtomic = 8;
    if (link_id / kAtomic != (link_id + 3) / kAtomic) memory_.keep_guests_out();
    patch(*module, *unit, link, *target);
}

bool CodeCacheImpl::contains(u64 host_pc) const {
    return host_pc >= layout_.code && store_.in_use(host_pc - layout_.code);
}

const Installed* CodeCacheImpl::unit_at(u64 host_pc) const {
    return contains(host_pc) ? store_.at(static_cast<u32>(host_pc - layout_.code)) : nullptr;
}

bool CodeCacheImpl::recover(GuestContext& context) const {
    const Installed* const unit = unit_at(context.host_pc);
    if (!unit) return false;
    const u32 offset = static_cast<u32>(context.host_pc - layout_.code);
    translator::recover(unit->recovery, offset - unit->start, context);
    return true;
}

// The verifier accepts these instructions nowhere but in a dispatch. If paired, r11 is the address of the
// target's entry in a table there, and r10 is rsp; otherwise r11 is the target.
bool CodeCacheImpl::take_miss(GuestContext& context) const {
    const Installed* const unit = unit_at(context.host_pc);
    if (!unit) return false;
    const u64 left = unit->start + unit->size - (context.host_pc - layout_.code);
    const auto here = [&](const auto& access) {
        return left >= access.size() && code_equals(context.host_pc, access);
    };
    u64& rsp = context.gpr[RSP];
    if (here(kDispatchJump)) {
        context.rip = context.gpr[kTargetRegister] & 0xffff'ffff;
    } else if (std::ranges::any_of(kPairedAccess, here)) {
        context.rip = (context.gpr[kTargetRegister] - layout_.tables) % kTableSize / 8;
        rsp = context.gpr[kTableRegister];
    } else {
        return false;
    }
    rsp &= 0xffff'ffff;
    context.gpr[kTargetRegister] = context.scratch[0];
    context.gpr[kTableRegister] = context.scratch[1];
    context.host_pc = 0;
    return true;
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
