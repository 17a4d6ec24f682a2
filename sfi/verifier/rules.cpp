// Rules for an instruction that stands alone.
#include "sfi/verifier/rules.h"

namespace occlum::sfi::verifier {
namespace {

bool is_mov_reg(const Insn& insn) {
    return (insn.is(Map::One, 0x89) || insn.is(Map::One, 0x8b)) && !insn.has_memory;
}

/// `mov %esp,%r32`, r32 not esp: the guest's rsp, without B.
bool copies_guest_rsp(const Insn& insn) {
    if (!is_mov_reg(insn) || insn.w || insn.osz) return false;
    const u8 from = insn.opcode == 0x89 ? insn.reg : insn.rm;
    const u8 to = insn.opcode == 0x89 ? insn.rm : insn.reg;
    return from == kRsp && to != kRsp;
}

bool is_scratch(u32 slot) {
    return slot >= static_cast<u32>(Slot::Scratch0) && slot <= static_cast<u32>(Slot::Scratch3) &&
           slot % 8 == 0;
}

/// R4, slot form: the matrix of dialect.h. BASE, TABLE and CALL_STACK are left to match_sequence().
Refusal check_slot(const Insn& insn) {
    if (!is_slot_operand(insn)) return {4, "fs operand is not a plain slot"};
    if (insn.form->act != Act::Mov || insn.osz) return {4, "slot operand of something else than mov"};
    const u32 slot = static_cast<u32>(insn.disp);
    if (insn.opcode == 0xc7) {
        if (insn.w) return {4, "immediate store to a slot is 32-bit"};
        if (slot != static_cast<u32>(Slot::GuestRip) && slot != static_cast<u32>(Slot::ExitArg)) {
            return {4, "slot takes no immediate"};
        }
        return {};
    }
    if (!insn.w) return {4, "slot load or store is 64-bit"};
    if (is_scratch(slot)) return {};
    if (insn.opcode == 0x89) return {4, "slot is not for storing"};
    if (slot != static_cast<u32>(Slot::GuestFs) && slot != static_cast<u32>(Slot::GuestGs)) {
        return {4, "slot is not for loading here"};
    }
    return {};
}

/// R4 for instructions that access memory, by an operand or implicitly.
Refusal check_memory(const Insn& insn) {
    if (insn.segment == 0x64) return insn.addr32 ? Refusal{4, "67 on a slot"} : check_slot(insn);
    if (insn.segment == 0x65) {
        if (!insn.addr32) return {4, "gs without 67: a 64-bit address"};
        if (insn.base == kRip) return {4, "address relative to eip"};
        return {};
    }
    if (insn.addr32) return {4, "67 without gs"};
    if (!is_rsp_form(insn)) return {4, "memory operand of no allowed kind"};
    return {};
}

/// `lea` computes; only the registers matter.
Refusal check_lea(const Insn& insn) {
    if (insn.segment != 0) return {2, "segment on lea"};
    if (insn.base == kRip) return {4, "lea of a host address"};
    if (insn.reg == kRsp) {
        if (!insn.w || insn.addr32 || !is_rsp_form(insn)) return {6, "lea into rsp"};
        if (insn.disp < -kMaxDrift || insn.disp > kMaxDrift) return {6, "rsp moved by more than 64 KiB"};
        return {};
    }
    if (insn.base == kRsp && !insn.addr32) return {5, "lea of rsp reveals B"};
    return {};
}

/// `add`, `sub`, `and` of an immediate to rsp; anything else that names it but `mov %esp,%r32` is refused.
Refusal check_rsp_operand(const Insn& insn) {
    if (copies_guest_rsp(insn)) return {};
    if (insn.form->act != Act::AluImm || !insn.w) return {5, "rsp as a register operand"};
    switch (insn.extension) {
        case 0:
        case 5:
            if (insn.imm < -kMaxDrift || insn.imm > kMaxDrift) return {6, "rsp moved by more than 64 KiB"};
            return {};
        case 4:
            if (insn.imm < -4096 || insn.imm > -1) return {6, "and of rsp outside [-4096,-1]"};
            return {};
        default:
            return {5, "rsp as a register operand"};
    }
}

}  // namespace

bool names_rsp(const Insn& insn) {
    const Form& form = *insn.form;
    // Without REX, byte registers 4..7 are ah, ch, dh, bh.
    const bool low = insn.has_rex;
    if (form.has(kRegG | kOpG) && insn.reg == kRsp && (!form.has(kReg8) || low)) return true;
    if (form.has(kRmG) && !insn.has_memory && insn.rm == kRsp && (!form.has(kRm8) || low)) return true;
    return form.has(kVvvvG) && insn.vvvv == kRsp;
}

bool is_slot_operand(const Insn& insn) {
    return insn.scale == 0 && insn.base == kNoRegister && insn.index == kNoRegister;
}

bool is_slot_load(const Insn& insn, Slot slot) {
    return insn.segment == 0x64 && !insn.addr32 && insn.is(Map::One, 0x8b) && insn.w &&
           is_slot_operand(insn) && static_cast<u32>(insn.disp) == static_cast<u32>(slot);
}

bool is_rsp_form(const Insn& insn) {
    return insn.base == kRsp && insn.index == kNoRegister && insn.scale == 0;
}

Refusal check_instruction(const Insn& insn) {
    switch (insn.form->act) {
        case Act::Lea:
            return check_lea(insn);
        case Act::String:
            return {7, "string instruction outside STRING"};
        case Act::Indirect:
            return {8, "indirect jump outside DISPATCH"};
        case Act::Nop:
            if (insn.segment != 0 || insn.addr32 || insn.base == kRip)
                return {2, "nop that is not canonical"};
            return {};
        case Act::Jump:
        case Act::Branch:
        case Act::Loop:
            if (insn.addr32) return {9, "67 on a branch"};
            break;
        default:
            break;
    }
    if (insn.has_memory || insn.form->has(kImplicit)) {
        if (Refusal r = check_memory(insn); r.rule != 0) return r;
    } else if (insn.segment != 0 || insn.addr32) {
        return {2, "segment or 67 without a memory operand"};
    }
    if (names_rsp(insn)) return check_rsp_operand(insn);
    return {};
}

}  // namespace occlum::sfi::verifier
