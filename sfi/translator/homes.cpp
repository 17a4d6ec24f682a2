#include "sfi/translator/homes.h"

namespace occlum::sfi::translator {
namespace {

HomeSet homes_of(u32 registers) {
    HomeSet set = kNoHome;
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (registers & register_bit(kHomeRegisters[n])) set |= static_cast<HomeSet>(1u << n);
    }
    return set;
}

HomeSet home_of(u8 reg) { return homes_of(register_bit(reg)); }

u32 registers_written(const Insn& insn) {
    const Form& form = insn.form;
    u32 written = 0;
    if (insn.has(kRegGpr) && insn.has(kRegWritten)) written |= register_bit(form.reg);
    if (insn.has(kRmGpr) && insn.has(kRmWritten) && !form.memory) written |= register_bit(form.rm);
    if (insn.has(kVvvvGpr) && insn.has(kVvvvWritten)) written |= register_bit(form.vvvv);
    return written;
}

// The register that the instruction writes whole without reading it, of those forms that matter.
u8 overwritten(const Insn& insn) {
    const Form& form = insn.form;
    if (form.opsize) return kNone;
    if (insn.has(kRegGpr) && insn.has(kRegPure)) return form.reg;
    if (form.memory || form.map != 0 || form.vex) return kNone;
    const bool move = form.opcode == 0x89 || form.opcode == 0xc7 || (form.opcode & 0xf8) == 0xb8;
    const bool clears = (form.opcode == 0x31 || form.opcode == 0x33) && form.reg == form.rm;
    if (insn.info.op == Op::PopReg || (insn.info.op == Op::Plain && (move || clears))) return form.rm;
    return kNone;
}

// Read though `overwritten` is the same register.
u32 registers_read(const Insn& insn, u8 target) {
    const Form& form = insn.form;
    if (insn.info.op == Op::Nop) return 0;
    u32 read = 0;
    if (form.memory) read |= register_bit(form.mem.base) | (form.vsib ? 0 : register_bit(form.mem.index));
    const bool clears = !form.memory && form.reg == form.rm && form.map == 0 && !form.vex &&
                        (form.opcode == 0x31 || form.opcode == 0x33);
    if (clears && target != kNone) return read;
    const bool in_reg = insn.has(kRegGpr), in_rm = insn.has(kRmGpr) && !form.memory;
    if (in_reg && !(form.reg == target && insn.has(kRegPure))) read |= register_bit(form.reg);
    if (in_rm && (form.rm != target || insn.has(kRegPure))) read |= register_bit(form.rm);
    if (insn.has(kVvvvGpr)) read |= register_bit(form.vvvv);
    return read;
}

// Lowerings that may need all slots at once take both registers for used.
bool needs_all_slots(const Insn& insn) {
    const Form& form = insn.form;
    if (insn.info.op == Op::BitReg && form.lock && form.memory) return true;
    return insn.segment && (insn.registers & register_bit(RSP)) != 0;
}

}  // namespace

Homes::Homes(const Region& region) {
    const auto& insns = region.instructions();
    at_.resize(insns.size());
    bool used = false;
    for (size_t n = 0; n < insns.size(); ++n) {
        if (homes_of(insns[n].registers) == kNoHome) continue;
        describe_use(insns[n], at_[n]);
        used = true;
    }
    if (!used) return;
    for (size_t n = 0; n < insns.size(); ++n) describe_flow(region, n);
    // In one direction a pass sees all that comes before; only a branch back makes it see old values.
    while (spread_use() && loops_) {
    }
    while (spread_dirty() && loops_) {
    }
    while (spread_loaded() && loops_) {
    }
}

void Homes::describe_use(const Insn& insn, Point& point) {
    if (needs_all_slots(insn)) {
        point.reads = point.written = kBothHomes;
        return;
    }
    const u8 target = overwritten(insn);
    point.overwritten = home_of(target);
    point.reads = homes_of(registers_read(insn, target));
    point.written = homes_of(registers_written(insn));
}

void Homes::describe_flow(const Region& region, size_t position) {
    const Insn& insn = region.instructions()[position];
    Point& point = at_[position];
    const Op op = insn.info.op;
    const bool branches = op == Op::Jcc || op == Op::Jmp || op == Op::Loop;
    if (branches && region.contains(insn.target))
        point.successors[0] = static_cast<u16>(region.position(insn.target));
    else
        point.flushes = branches;
    const bool ends = ends_flow(insn);
    point.straight = !branches && !ends;
    if (!ends && region.contains(insn.next()))
        point.successors[1] = static_cast<u16>(region.position(insn.next()));
    for (const u16 to : point.successors) loops_ = loops_ || to <= position;
}

// Backward: a path to where it is named, without a way out in between, starts behind the instruction.
bool Homes::spread_use() {
    bool again = false;
    for (size_t n = at_.size(); n-- > 0;) {
        HomeSet later = kNoHome;
        for (const u16 to : at_[n].successors) {
            if (to == kNowhere) continue;
            const Point& next = at_[to];
            later |= next.reads | next.written | next.used_later;
        }
        again = again || later != at_[n].used_later;
        at_[n].used_later = later;
    }
    return again;
}

// Forward: a path from a write, without a way out in between, leads here.
bool Homes::spread_dirty() {
    bool again = false;
    for (size_t n = 0; n < at_.size(); ++n) {
        const Point& point = at_[n];
        const HomeSet out = dirty_behind(n);
        for (const u16 to : point.successors) {
            if (to == kNowhere || (out & ~at_[to].dirty) == 0) continue;
            at_[to].dirty |= out;
            again = again || to <= n;
        }
    }
    return again;
}

// Backward: a path to a read, without an overwriting in between, starts here; and where paths meet, what one
// of them has written is in the register on all.
bool Homes::spread_loaded() {
    bool again = false;
    for (size_t n = at_.size(); n-- > 0;) {
        Point& point = at_[n];
        HomeSet wanted = kNoHome;
        for (const u16 to : point.successors) {
            if (to != kNowhere) wanted |= at_[to].loaded;
        }
        const HomeSet loaded =
            static_cast<HomeSet>(point.reads | point.dirty | (wanted & ~point.overwritten));
        if (loaded != point.loaded) again = true;
        point.loaded = loaded;
    }
    return again;
}

}  // namespace occlum::sfi::translator
