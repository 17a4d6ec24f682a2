// Instructions that are copied: memory operand confined, rsp as an operand replaced by a register with its
// offset.
#include "sfi/translator/decoder.h"
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {
namespace {

bool is_rsp(u8 reg) { return reg == RSP; }

struct StackUse {
    bool reg, rm, vvvv;
    bool any() const { return reg || rm || vvvv; }
};

StackUse stack_use(const Insn& insn) {
    const Form& form = insn.form;
    return {insn.has(kRegGpr) && is_rsp(form.reg), insn.has(kRmGpr) && !form.memory && is_rsp(form.rm),
            insn.has(kVvvvGpr) && is_rsp(form.vvvv)};
}

}  // namespace

void Lowering::plain(const Insn& insn) {
    if (stack_pointer_form(insn)) return;
    Form form = insn.form;
    if (form.memory) {
        form.mem = confine(insn);
        if (form.mem.base == RSP && !form.mem.segment && !drift_.reaches(form.mem.disp)) {
            settle(insn.address);
            begin(insn);
        }
    }
    if (stack_use(insn).any()) {
        with_stack_pointer(insn, form);
        return;
    }
    out_.emit(form);
    note_access(form.mem, insn);
    if (taken_count_) {
        done(insn.next());
        release();
    }
}

// rsp is an operand: the instruction works on a register that holds the guest's offset.
void Lowering::with_stack_pointer(const Insn& insn, Form form) {
    const StackUse use = stack_use(insn);
    const bool high = form.reg >= kHighByte || form.rm >= kHighByte;
    const u8 offset = take(high);
    out_.move32(offset, RSP);
    if (use.reg) form.reg = offset;
    if (use.rm) form.rm = offset;
    if (use.vvvv) form.vvvv = offset;
    const bool written = (use.reg && insn.has(kRegWritten)) || (use.rm && insn.has(kRmWritten)) ||
                         (use.vvvv && insn.has(kVvvvWritten));
    out_.emit(form);
    note_access(form.mem, insn);
    done(insn.next());
    if (written) {
        out_.state.rsp_from = static_cast<u8>(offset + 1);
        rebase(offset, insn.next());
    }
    release();
}

// REBASE: rsp = B + the low half of `from`.
void Lowering::rebase(u8 from, u64 next) {
    busy_ |= 1u << from;
    const u8 base = take(false);
    out_.load_slot(base, Slot::Base);
    out_.move32(RSP, from);
    out_.state.rsp_from = 0;
    out_.state.guest = static_cast<u32>(next);
    Mem sum;
    sum.base = RSP;
    sum.index = base;
    out_.lea(RSP, sum, true);
    release_last(true);
    drift_.rebased();
}

// The common forms that need no scratch register. False: not one of them.
bool Lowering::stack_pointer_form(const Insn& insn) {
    const Form& form = insn.form;
    if (form.map != 0 || form.vex || form.memory || form.opsize || !form.modrm) return false;
    if (form.opcode == 0x89 || form.opcode == 0x8b) {
        const u8 to = form.opcode == 0x89 ? form.rm : form.reg;
        const u8 from = form.opcode == 0x89 ? form.reg : form.rm;
        if (from == RSP && to != RSP) {
            out_.move32(to, RSP);
            return true;
        }
        if (to == RSP && from != RSP) {
            rebase(from, insn.next());
            return true;
        }
        return false;
    }
    if ((form.opcode != 0x81 && form.opcode != 0x83) || form.rm != RSP || !form.w) return false;
    const i64 value = form.imm_size == 1 ? i64{static_cast<i8>(form.imm)} : i64{static_cast<i32>(form.imm)};
    const bool small = value >= -kMaxDrift && value <= kMaxDrift;
    if ((form.reg == 0 || form.reg == 5) && small) {
        const i64 by = form.reg == 0 ? value : -value;
        if (!drift_.reaches(by)) settle(insn.address);
        begin(insn);
        out_.emit(form);
        drift_.move(by);
        return true;
    }
    if (form.reg == 4 && value >= -4096 && value <= -1) {
        if (!drift_.reaches(-4096)) settle(insn.address);
        begin(insn);
        out_.emit(form);
        drift_.round_down(-value - 1);
        return true;
    }
    return false;
}

void Lowering::immediate(u8 reg, u64 value, const Insn& insn) {
    Form form;
    form.opcode = 0xb8;
    form.op_reg = true;
    form.rm = reg;
    form.opsize = insn.form.opsize;
    form.w = insn.form.w && value > 0xffffffff;
    form.imm_size = form.opsize ? 2 : form.w ? 8 : 4;
    form.imm = value;
    out_.emit(form);
}

// lea is arithmetic on offsets; only rsp among its inputs needs care.
void Lowering::lea(const Insn& insn) {
    const Form& form = insn.form;
    if (form.reg == RSP || form.mem.base == RSP) {
        lea_stack_pointer(insn);
        return;
    }
    if (insn.rip) {
        immediate(form.reg, insn.target, insn);
        return;
    }
    Form copy = form;
    copy.mem.addr32 = insn.addr32;
    out_.emit(copy);
}

// The low 32 bits of rsp plus something near are the whole sum: no stack is within this of either end of the
// domain.
constexpr i64 kNearStack = 1 << 20;

void Lowering::lea_stack_pointer(const Insn& insn) {
    Form form = insn.form;
    form.mem.addr32 = insn.addr32;
    const i64 disp = form.mem.disp;
    const bool adjusts = form.reg == RSP && form.mem.base == RSP && form.mem.index == kNone && form.w &&
                         !insn.addr32 && disp >= -kMaxDrift && disp <= kMaxDrift;
    if (adjusts) {
        if (!drift_.reaches(disp)) settle(insn.address);
        begin(insn);
        out_.emit(form);
        drift_.move(disp);
        return;
    }
    if (form.reg != RSP && !form.opsize) {
        const bool near = form.mem.index == kNone && disp >= -kNearStack && disp <= kNearStack;
        if (!form.w || insn.addr32 || near) {
            form.mem.addr32 = true;
            form.w = false;
            out_.emit(form);
            return;
        }
        if (form.mem.index != form.reg) {
            out_.move32(form.reg, RSP);
            form.mem.base = form.reg;
            out_.emit(form);
            return;
        }
    }
    const u8 offset = take(false);
    out_.move32(offset, RSP);
    const bool written = form.reg == RSP;
    if (written) form.reg = offset;
    if (form.mem.base == RSP) form.mem.base = offset;
    if (insn.rip)
        immediate(offset, insn.target, insn);
    else
        out_.emit(form);
    done(insn.next());
    if (written) {
        out_.state.rsp_from = static_cast<u8>(offset + 1);
        rebase(offset, insn.next());
    }
    release();
}

// mov between rax and a 64-bit absolute address.
void Lowering::moffs(const Insn& insn) {
    static constexpr std::array<u8, 4> kOpcode{0x8a, 0x8b, 0x88, 0x89};
    Insn other = insn;
    Form& form = other.form;
    form.opcode = kOpcode[insn.form.opcode & 3];
    form.modrm = form.memory = true;
    form.reg = RAX;
    form.mem = Mem{};
    form.mem.disp = static_cast<i32>(static_cast<u32>(insn.form.imm));
    form.imm_size = 0;
    other.info = legacy_opcode(0, form.opcode, 0);
    other.registers = named_registers(other);
    begin(other);
    plain(other);
}

}  // namespace occlum::sfi::translator
