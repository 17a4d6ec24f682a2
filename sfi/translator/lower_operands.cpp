// Memory operands, scratch registers and the rule for rsp.
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {
namespace {

constexpr u8 kGsPrefix = 0x65;
constexpr i32 kMaxDirectDisp = 256 << 10;

}  // namespace

// The recovery state at the start of the current instruction, which is at `guest`.
void Lowering::reset_state(u64 guest) {
    out_.state = RecoveryPoint{};
    out_.state.guest = static_cast<u32>(guest);
    in_slots(static_cast<HomeSet>(kBothHomes & ~in_registers_));
    taken_count_ = 0;
    slots_in_use_ = 0;
}

// From here on the slots of these are valid.
void Lowering::in_slots(HomeSet set) {
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (set & (1u << n)) out_.state.spilled[n] = static_cast<u8>(kHomeRegisters[n] + 1);
    }
}

// In front of a way out of the unit: both guest values are in their slots afterwards.
void Lowering::flush_homes(HomeSet dirty) {
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (dirty & (1u << n)) out_.store_slot(scratch_slot(n), kHomeRegisters[n]);
    }
    in_slots(kBothHomes);
}

// Where control comes from outside the unit.
void Lowering::load_homes(HomeSet set) {
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (!(set & (1u << n))) continue;
        out_.load_slot(kHomeRegisters[n], scratch_slot(n));
        out_.state.spilled[n] = 0;
    }
}

void Lowering::begin(const Insn& insn) {
    reset_state(insn.address);
    busy_ = insn.registers;
}

// r11 and r10 have a slot of their own. The others take what is left; their slots come last, when an
// instruction has made sure that both are in their registers (Homes).
unsigned Lowering::slot_for(u8 reg) const {
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (kHomeRegisters[n] == reg) return n;
    }
    static constexpr std::array<u8, 4> kOrder{2, 3, 1, 0};
    for (const u8 slot : kOrder) {
        if (!(slots_in_use_ & (1u << slot))) return slot;
    }
    return kOrder.back();
}

// A register that the instruction does not name, saved in a slot unless it is there already. rax, rcx, rdx,
// rbx are never taken: they are implicit operands of many. `legacy_only`: encodable beside ah..bh.
u8 Lowering::take(bool legacy_only) {
    static constexpr std::array<u8, 11> kOrder{R11, R10, R9, R8, R15, R14, R13, R12, RBP, RSI, RDI};
    u8 chosen = RBP;
    for (u8 candidate : kOrder) {
        if (busy_ & register_bit(candidate)) continue;
        if (legacy_only && candidate >= R8) continue;
        chosen = candidate;
        break;
    }
    busy_ |= register_bit(chosen);
    const unsigned slot = slot_for(chosen);
    slots_in_use_ |= 1u << slot;
    const u8 saved = static_cast<u8>(chosen + 1);
    const bool there = out_.state.spilled[slot] == saved;
    if (!there) out_.store_slot(scratch_slot(slot), chosen);
    out_.state.spilled[slot] = saved;
    taken_[taken_count_++] = {static_cast<u8>(slot), there};
    return chosen;
}

// Into slot S2, the first of those that any register may have; release() restores it.
void Lowering::save(u8 reg) {
    constexpr u8 kSlot = 2;
    out_.store_slot(scratch_slot(kSlot), reg);
    out_.state.spilled[kSlot] = static_cast<u8>(reg + 1);
    slots_in_use_ |= 1u << kSlot;
    taken_[taken_count_++] = {kSlot, false};
}

// Restores what was taken, last first.
void Lowering::release() {
    while (taken_count_ > 0) release_last(false);
}

// `anyway`: also what need not be in its register, so that nothing else stays there.
void Lowering::release_last(bool anyway) {
    const Taken taken = taken_[--taken_count_];
    if (taken.stays && !anyway) return;
    out_.load_slot(static_cast<u8>(out_.state.spilled[taken.slot] - 1), scratch_slot(taken.slot));
    if (!taken.stays) out_.state.spilled[taken.slot] = 0;
}

// From here on recovery goes forward: the instruction has had its effect.
void Lowering::done(u64 next) {
    out_.state.guest = static_cast<u32>(next);
    out_.state.rsp_add = 0;
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        const unsigned slot = 1u << n;
        if ((homes_.written(position_) & slot) && !(slots_in_use_ & slot)) out_.state.spilled[n] = 0;
    }
}

// The confined form of the instruction's memory operand.
Mem Lowering::confine(const Insn& insn) {
    if (insn.segment) return confine_segment(insn);
    Mem mem = insn.form.mem;
    const bool direct = mem.base == RSP && mem.index == kNone && !insn.addr32 && !insn.has(kNoTouch) &&
                        mem.disp <= kMaxDirectDisp && mem.disp >= -kMaxDirectDisp;
    if (direct) return mem;
    mem.segment = kGsPrefix;
    mem.addr32 = true;
    return mem;
}

// Guest fs and gs: the segment's base goes into a register and is added to the address. A load's own target
// serves when the address does not need it: repeating the instruction overwrites it anyway.
Mem Lowering::confine_segment(const Insn& insn) {
    const Form& form = insn.form;
    Mem mem = form.mem;
    const bool target_is_free = insn.has(kRegPure) && !form.opsize && form.reg != RSP &&
                                form.reg != mem.base && (form.vsib || form.reg != mem.index) &&
                                insn.info.op == Op::Plain && !insn.has(kVvvvWritten) &&
                                !(insn.has(kVvvvGpr) && form.vvvv == form.reg);
    const bool high = form.reg >= kHighByte || form.rm >= kHighByte;
    const u8 scratch = target_is_free ? form.reg : take(high);
    out_.load_slot(scratch, insn.segment == 0x64 ? Slot::GuestFs : Slot::GuestGs);
    mem.segment = kGsPrefix;
    mem.addr32 = true;
    if (mem.base == kNone) {
        mem.base = scratch;
        return mem;
    }
    if (mem.index == kNone) {
        mem.index = scratch;
        mem.scale = 0;
        return mem;
    }
    Mem sum;
    sum.base = mem.base;
    sum.index = scratch;
    sum.addr32 = mem.base == RSP;
    out_.lea(scratch, sum, !sum.addr32);
    mem.base = scratch;
    return mem;
}

void Lowering::note_access(const Mem& mem, const Insn& insn) {
    if (mem.base == RSP && mem.segment == 0 && !insn.has(kNoTouch | kNotProof)) drift_.access(mem.disp);
}

// As much as a branch to `target` needs.
void Lowering::settle_branch(u64 guest, u64 target) {
    const bool ahead = region_.contains(target) && region_.position(target) > position_;
    settle(guest, ahead ? Drift::kAhead : Drift::kOutside);
    if (ahead && !drift_.settled(Drift::kOutside)) loose_[region_.position(target)] = true;
}

// Makes rsp's drift small enough for a block to end, by rebasing rsp onto itself. An access would be shorter,
// but it could fault where the program does not.
void Lowering::settle(u64 guest, i64 limit) {
    if (drift_.settled(limit)) return;
    reset_state(guest);
    busy_ = 1u << RSP;
    const u8 scratch = take(false);
    out_.load_slot(scratch, Slot::Base);
    out_.move32(RSP, RSP);
    Mem sum;
    sum.base = RSP;
    sum.index = scratch;
    out_.lea(RSP, sum, true);
    drift_.rebased();
    release_last(true);
}

}  // namespace occlum::sfi::translator
