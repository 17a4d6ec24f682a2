// bt, bts, btr, btc of a register bit offset on memory: the offset moves the address, so it is computed here
// and the instruction is done on the loaded element. Uses sarx, which leaves the flags alone.
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {
namespace {

Form register_pair(u8 opcode, u8 map, u8 reg, u8 rm) {
    Form form;
    form.map = map;
    form.opcode = opcode;
    form.modrm = true;
    form.reg = reg;
    form.rm = rm;
    return form;
}

Form on_memory(Form form, const Mem& mem) {
    form.memory = true;
    form.mem = mem;
    form.rm = 0;
    return form;
}

u8 log2_bits(const Form& form) { return form.w ? 6 : form.opsize ? 4 : 5; }

}  // namespace

void Lowering::bit_memory(const Insn& insn) {
    const Form& form = insn.form;
    if (form.reg == RSP || form.lock) {
        leave_region(insn);
        return;
    }
    Mem base = confine(insn);
    const u8 address = take(false);
    const u8 value = take(false);
    // value = element number = sign-extended offset >> log2(bits)
    Form extend = register_pair(form.opsize ? 0xbf : 0x63, form.opsize ? 1 : 0, value, form.reg);
    extend.w = true;
    if (form.w)
        out_.move64(value, form.reg);
    else
        out_.emit(extend);
    Form count;
    count.opcode = 0xb8;
    count.op_reg = true;
    count.rm = address;
    count.imm_size = 4;
    count.imm = log2_bits(form);
    out_.emit(count);
    Form shift = register_pair(0xf7, 2, value, value);
    shift.vex = true;
    shift.pp = 2;
    shift.w = true;
    shift.vvvv = address;
    out_.emit(shift);
    // address = the operand's address, then + element number * size
    base.segment = 0;
    base.addr32 = true;
    out_.lea(address, base, false);
    Mem element;
    element.base = address;
    element.index = value;
    element.scale = static_cast<u8>(log2_bits(form) - 3);
    out_.lea(address, element, true);
    Mem at;
    at.base = address;
    at.segment = 0x65;
    at.addr32 = true;
    Form move = on_memory(register_pair(0x8b, 0, value, 0), at);
    move.opsize = form.opsize;
    move.w = form.w;
    out_.emit(move);
    Form operation = register_pair(form.opcode, 1, form.reg, value);
    operation.opsize = form.opsize;
    operation.w = form.w;
    out_.emit(operation);
    if (insn.has(kRmWritten)) {
        move.opcode = 0x89;
        out_.emit(move);
    }
    done(insn.next());
    release();
}

}  // namespace occlum::sfi::translator
