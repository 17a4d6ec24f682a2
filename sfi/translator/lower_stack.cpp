// push, pop, enter, leave.
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {

void Lowering::pushed() {
    drift_.access(-8);
    drift_.move(-8);
}

// 16-bit pushes and pops are made of a move and a lea: the confined forms are 64-bit only.
void Lowering::push_word(const Insn& insn) {
    if (insn.info.op == Op::PushFlags) {
        leave_region(insn);
        return;
    }
    if (!drift_.reaches(-2)) settle(insn.address);
    begin(insn);
    Form form;
    form.opsize = form.modrm = form.memory = true;
    form.mem.base = RSP;
    form.mem.disp = -2;
    if (insn.info.op == Op::PushImm) {
        form.opcode = 0xc7;
        form.imm_size = 2;
        form.imm = insn.form.imm_size == 1 ? static_cast<u16>(static_cast<i8>(insn.form.imm)) : insn.form.imm;
    } else {
        form.opcode = 0x89;
        form.reg = insn.form.rm;
        if (insn.info.op == Op::PushRm || form.reg == RSP) {
            form.reg = take(false);
            if (insn.info.op == Op::PushRm)
                move_word(form.reg, confine(insn), false);
            else
                out_.move32(form.reg, RSP);
        }
    }
    out_.emit(form);
    Mem top;
    top.base = RSP;
    top.disp = -2;
    out_.lea(RSP, top, true);
    done(insn.next());
    release();
    drift_.access(-2);
    drift_.move(-2);
}

void Lowering::pop_word(const Insn& insn) {
    if (!drift_.reaches(0)) settle(insn.address);
    begin(insn);
    Mem top;
    top.base = RSP;
    if (insn.info.op == Op::PopReg) {
        move_word(insn.form.rm, top, false);
    } else {
        const u8 value = take(false);
        Mem mem = confine(insn);
        if (insn.form.mem.base == RSP) mem.disp += 2;  // the address is computed after rsp has moved
        move_word(value, top, false);
        move_word(value, mem, true);
    }
    done(insn.next());
    out_.state.rsp_add = 2;
    top.disp = 2;
    out_.lea(RSP, top, true);
    out_.state.rsp_add = 0;
    release();
    drift_.access(0);
    drift_.move(2);
}

void Lowering::move_word(u8 reg, const Mem& mem, bool store) {
    Form form;
    form.opcode = store ? 0x89 : 0x8b;
    form.opsize = form.modrm = form.memory = true;
    form.reg = reg;
    form.mem = mem;
    out_.emit(form);
}

void Lowering::push(const Insn& insn) {
    if (insn.form.opsize) {
        push_word(insn);
        return;
    }
    if (!drift_.reaches(-8)) settle(insn.address);
    begin(insn);
    Form form = insn.form;
    if (insn.info.op == Op::PushReg && form.rm == RSP) {
        const u8 offset = take(false);
        out_.move32(offset, RSP);
        form.rm = offset;
        out_.emit(form);
        done(insn.next());
        release();
    } else {
        out_.emit(form);
    }
    pushed();
}

void Lowering::push_memory(const Insn& insn) {
    if (!insn.form.memory) {
        Insn other = insn;
        other.info.op = Op::PushReg;
        other.form.opcode = 0x50;
        other.form.modrm = false;
        other.form.op_reg = true;
        push(other);
        return;
    }
    if (insn.form.opsize) {
        push_word(insn);
        return;
    }
    if (!drift_.reaches(-8) || !drift_.reaches(insn.form.mem.disp)) settle(insn.address);
    begin(insn);
    Form form = insn.form;
    form.mem = confine(insn);
    out_.emit(form);
    pushed();
    if (taken_count_) done(insn.next());
    release();
}

void Lowering::pop(const Insn& insn) {
    if (insn.form.opsize) {
        if (insn.form.rm == RSP)
            leave_region(insn);
        else
            pop_word(insn);
        return;
    }
    if (!drift_.reaches(0)) settle(insn.address);
    begin(insn);
    Form form = insn.form;
    if (form.rm != RSP) {
        out_.emit(form);
        drift_.access(0);
        drift_.move(8);
        return;
    }
    const u8 value = take(false);
    form.rm = value;
    out_.emit(form);
    done(insn.next());
    out_.state.rsp_from = static_cast<u8>(value + 1);
    rebase(value, insn.next());
    release();
}

void Lowering::pop_memory(const Insn& insn) {
    if (!insn.form.memory) {
        Insn other = insn;
        other.info.op = Op::PopReg;
        other.form.opcode = 0x58;
        other.form.modrm = false;
        other.form.op_reg = true;
        pop(other);
        return;
    }
    if (insn.form.opsize) {
        pop_word(insn);
        return;
    }
    if (!drift_.reaches(0) || !drift_.reaches(insn.form.mem.disp)) settle(insn.address);
    begin(insn);
    Form form = insn.form;
    // The address is computed after rsp has moved, but a sum with a segment base is formed before.
    const bool summed = insn.segment && form.mem.base == RSP && form.mem.index != kNone;
    form.mem = confine(insn);
    if (summed) form.mem.disp += 8;
    out_.emit(form);
    drift_.access(0);
    drift_.move(8);
    if (taken_count_) done(insn.next());
    release();
}

void Lowering::enter(const Insn& insn) {
    const i32 size = static_cast<i32>(insn.form.imm & 0xffff);
    if ((insn.form.imm >> 16) != 0 || insn.opsize) {  // nesting levels: no compiler has used them for decades
        leave_region(insn);
        return;
    }
    if (!drift_.reaches(-8)) settle(insn.address);
    begin(insn);
    save(RBP);
    Form form;
    form.opcode = 0x50;
    form.op_reg = true;
    form.rm = RBP;
    out_.emit(form);
    drift_.access(-8);
    drift_.move(-8);
    out_.state.rsp_add = 8;
    out_.move32(RBP, RSP);
    if (size) {
        Mem mem;
        mem.base = RSP;
        mem.disp = -size;
        out_.lea(RSP, mem, true);
        drift_.move(-size);
    }
}

// The load in front faults where the pop would, while rsp is still the guest's. An interruption later may
// show the guest rsp = rbp already, which repeating the instruction does not mind.
void Lowering::leave(const Insn& insn) {
    if (insn.opsize) {
        leave_region(insn);
        return;
    }
    busy_ |= 1u << RBP;
    const u8 base = take(false);
    Mem frame;
    frame.base = RBP;
    frame.segment = 0x65;
    frame.addr32 = true;
    out_.load(base, frame);
    out_.load_slot(base, Slot::Base);
    out_.move32(RSP, RBP);
    Mem sum;
    sum.base = RSP;
    sum.index = base;
    out_.lea(RSP, sum, true);
    release_last(true);
    out_.pop(RBP);
    drift_.rebased();
    drift_.access(0);
    drift_.move(8);
}

}  // namespace occlum::sfi::translator
