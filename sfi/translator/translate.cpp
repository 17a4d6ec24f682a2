#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {
namespace {

Unit assist_only(GuestAddr entry, u32 cache_offset, bool paired) {
    Unit unit;
    constexpr size_t kExit = 32;  // bytes
    Emitter out(unit, cache_offset, kExit);
    const u32 landing = out.land(entry.value, paired);
    unit.entries.push_back({entry, landing, out.here()});
    out.store_slot_imm(Slot::GuestRip, static_cast<u32>(entry.value));
    out.jump_to_stub(Stub::Assist);
    out.finish();
    unit.guest_start = entry;
    unit.guest_end = {entry.value + kMaxLength};
    return unit;
}

u64 low32(u64 value) { return value & 0xffffffff; }

}  // namespace

Result<Unit> translate(const Window& window, GuestAddr entry, u32 cache_offset, const KnownCode& known,
                       Scope scope) {
    if (scope == Scope::Assist) return assist_only(entry, cache_offset, known.paired());
    const Region region(window, entry, known, scope == Scope::Single ? 1 : kRegionInstructions);
    Unit unit;
    if (!Lowering(unit, cache_offset, region, known).run()) {
        unit = Unit{};
        Lowering long_branches(unit, cache_offset, region, known);
        long_branches.short_branches = false;
        long_branches.run();
    }
    unit.guest_start = {region.lowest()};
    unit.guest_end = {region.highest()};
    unit.guest_instructions = static_cast<u32>(region.instructions().size());
    return unit;
}

void recover(const RecoveryTable& table, u32 offset, GuestContext& context) {
    const auto found = table.find(offset);
    if (!found) return;
    const RecoveryPoint& point = *found;
    u64 rsp = context.gpr[RSP];
    if (point.rsp_from) rsp = context.gpr[point.rsp_from - 1u];
    context.gpr[RSP] = low32(rsp + static_cast<u64>(i64{point.rsp_add}));
    if (point.rebased & 1) context.gpr[RSI] = low32(context.gpr[RSI]);
    if (point.rebased & 2) context.gpr[RDI] = low32(context.gpr[RDI]);
    for (size_t n = 0; n < point.spilled.size(); ++n) {
        if (point.spilled[n]) context.gpr[point.spilled[n] - 1u] = context.scratch[n];
    }
    context.rip = point.guest;
    context.host_pc = 0;
}

}  // namespace occlum::sfi::translator
