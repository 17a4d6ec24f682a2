// Branches, calls, returns and exits to the kernel.
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {

// Direct branch: within the unit, to a known body, or to a LINK exit that the cache may later bypass.
void Lowering::jump_to(u64 guest, u8 condition) {
    if (region_.contains(guest)) {
        jump_inside(guest, condition);
        return;
    }
    out_.align_jump(condition);
    const u32 field = out_.jump(condition);
    if (const auto body = known_.permanent() ? known_.body_of({guest}) : std::nullopt) {
        out_.set_field(field, *body);
        return;
    }
    unit_.links.push_back({field, 0, {guest}, false});
}

// Two bytes where the target is near: known behind, estimated ahead.
void Lowering::jump_inside(u64 guest, u8 condition) {
    constexpr u32 kNear = 112;
    const u32 target = estimate_[region_.position(guest)];
    const u32 here = estimate_[position_];
    const bool near = (target > here ? target - here : here - target) < kNear;
    if (near && short_branches)
        fixups_.push_back({out_.jump_short(condition), guest, Fixup::Short});
    else
        fixups_.push_back({out_.jump(condition), guest, Fixup::Near});
}

void Lowering::push_return(u64 guest) {
    Form form;
    form.imm_size = 4;
    form.imm = static_cast<u32>(guest);
    if (guest < 0x80000000) {
        form.opcode = 0x68;
        out_.emit(form);
    } else {  // push would extend the sign
        form.opcode = 0xc7;
        form.modrm = form.memory = true;
        form.mem.base = RSP;
        form.mem.disp = -8;
        out_.emit(form);
        form.mem.disp = -4;
        form.imm = 0;
        out_.emit(form);
        Mem mem;
        mem.base = RSP;
        mem.disp = -8;
        out_.lea(RSP, mem, true);
    }
    drift_.access(-8);
    drift_.move(-8);
}

void Lowering::call(const Insn& insn) {
    if (!drift_.reaches(-8)) settle(insn.address);
    begin(insn);
    flush_homes(homes_.dirty(position_));
    push_return(insn.next());
    out_.state.guest = static_cast<u32>(insn.target);
    if (known_.paired()) {
        paired_call(insn.target);
        return;
    }
    if (region_.contains(insn.target))
        fixups_.push_back({out_.jump(Emitter::kAlways), insn.target, Fixup::Body});
    else
        jump_to(insn.target, Emitter::kAlways);
}

void Lowering::paired_call(u64 guest) {
    out_.align_call();
    const u32 field = out_.call();
    if (region_.contains(guest)) {
        fixups_.push_back({field, guest, Fixup::Landing});
        return;
    }
    if (const auto landing = known_.permanent() ? known_.landing_of({guest}) : std::nullopt)
        out_.set_field(field, *landing);
    else
        unit_.links.push_back({field, 0, {guest}, true});
}

// To the guest address in r11.
void Lowering::dispatch(Way way) {
    out_.load_slot(kTableRegister, Slot::Table);
    out_.move32(kTargetRegister, kTargetRegister);
    Mem entry;
    entry.base = kTableRegister;
    entry.index = kTargetRegister;
    entry.scale = 3;
    if (!known_.paired()) {
        out_.through(Emitter::kJumpThrough, entry);
        return;
    }
    out_.lea(kTargetRegister, entry, true);
    out_.move64(kTableRegister, RSP);
    Mem found;
    found.base = kTargetRegister;
    if (way != Way::Jump) out_.enter_call_stack();
    const u8 access = way == Way::Jump   ? Emitter::kJumpThrough
                      : way == Way::Call ? Emitter::kCallThrough
                                         : Emitter::kPushThrough;
    out_.through(access, found);
    if (way == Way::Return) out_.byte(0xc3);
}

// call and jmp through a register or memory.
void Lowering::indirect(const Insn& insn) {
    // The push of a call is an access.
    const bool pushes = insn.info.op == Op::CallRm && drift_.reaches(-8) &&
                        (!insn.form.memory || drift_.reaches(insn.form.mem.disp));
    if (!pushes) settle(insn.address);
    begin(insn);
    flush_homes(homes_.dirty(position_));
    busy_ |= (1u << kTargetRegister) | (1u << kTableRegister);
    if (insn.form.memory) {
        const Mem mem = confine(insn);
        out_.load(kTargetRegister, mem);
        note_access(mem, insn);
        release();
    } else if (insn.form.rm != kTargetRegister) {
        out_.move32(kTargetRegister, insn.form.rm);
    }
    if (insn.info.op == Op::CallRm) {
        push_return(insn.next());
        out_.state.rsp_add = 8;
    }
    dispatch(insn.info.op == Op::CallRm ? Way::Call : Way::Jump);
}

void Lowering::ret(const Insn& insn) {
    const i32 extra = static_cast<i32>(insn.form.imm & 0xffff);
    if (extra > kMaxDrift / 2) {
        leave_region(insn);
        return;
    }
    if (!drift_.reaches(0)) settle(insn.address);
    begin(insn);
    flush_homes(homes_.dirty(position_));
    out_.pop(kTargetRegister);
    out_.state.rsp_add = -8;
    drift_.access(0);
    drift_.move(8);
    if (extra) {
        Mem mem;
        mem.base = RSP;
        mem.disp = extra;
        out_.lea(RSP, mem, true);
        drift_.move(extra);
        out_.state.rsp_add -= extra;
    }
    dispatch(Way::Return);
}

// Leaves for the kernel; `guest` goes into the GuestRip slot.
void Lowering::exit_to(Stub stub, u64 guest) {
    out_.store_slot_imm(Slot::GuestRip, static_cast<u32>(guest));
    out_.jump_to_stub(stub);
}

// An instruction that the kernel emulates or refuses.
void Lowering::leave_region(const Insn& insn) {
    settle(insn.address);
    begin(insn);
    flush_homes(homes_.dirty(position_));
    exit_to(insn.info.op == Op::Fetch ? Stub::Fetch : Stub::Assist, insn.address);
}

// loop, loope, loopne and jrcxz reach 127 bytes only: they skip over a jump.
void Lowering::loop(const Insn& insn) {
    settle(insn.address);
    begin(insn);
    if (!region_.contains(insn.target)) flush_homes(homes_.dirty(position_));
    if (insn.addr32) {
        if (insn.form.opcode == 0xe3)
            jecxz(insn);
        else
            loop_ecx(insn);
        return;
    }
    out_.byte(insn.form.opcode, 2);
    out_.state.guest = static_cast<u32>(insn.next());
    const u32 past = short_jump(0xeb);
    out_.state.guest = static_cast<u32>(insn.target);
    jump_to(insn.target, Emitter::kAlways);
    out_.land_short_jump(past);
}

// A two-byte jump, forward to where land_short_jump() is called.
u32 Lowering::short_jump(u8 opcode) {
    out_.byte(opcode, 0);
    return out_.here();
}

// The counter is ecx by the guest's 67 prefix, which is not for branches here.
void Lowering::loop_ecx(const Insn& insn) {
    save(RCX);
    Mem less;
    less.base = RCX;
    less.disp = -1;
    out_.lea(RCX, less, false);
    const u32 exhausted = short_jump(0xe3);
    const bool conditional = insn.form.opcode != 0xe2;
    const u32 refused = conditional ? short_jump(insn.form.opcode == 0xe1 ? 0x75 : 0x74) : 0;
    begin(insn);
    out_.state.guest = static_cast<u32>(insn.target);
    jump_to(insn.target, Emitter::kAlways);
    out_.land_short_jump(exhausted);
    if (conditional) out_.land_short_jump(refused);
}

void Lowering::jecxz(const Insn& insn) {
    save(RCX);
    out_.move32(RCX, RCX);
    const u32 taken = short_jump(0xe3);
    release_last(true);
    out_.state.guest = static_cast<u32>(insn.next());
    const u32 past = short_jump(0xeb);
    out_.land_short_jump(taken);
    out_.state.guest = static_cast<u32>(insn.target);
    out_.state.spilled[2] = RCX + 1;
    out_.load_slot(RCX, scratch_slot(2));
    out_.state.spilled[2] = 0;
    jump_to(insn.target, Emitter::kAlways);
    out_.land_short_jump(past);
}

}  // namespace occlum::sfi::translator
