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

Form on_memory(Form form, u8 address) {
    form.memory = true;
    form.mem.base = address;
    form.mem.segment = 0x65;
    form.mem.addr32 = true;
    form.rm = 0;
    return form;
}

Form sized(Form form, const Form& like) {
    form.opsize = like.opsize;
    form.w = like.w;
    return form;
}

Form shift_by_16(u8 operation, u8 reg) {
    Form form = register_pair(0xc1, 0, operation, reg);
    form.imm_size = 1;
    form.imm = 16;
    return form;
}

u8 log2_bits(const Form& form) { return form.w ? 6 : form.opsize ? 4 : 5; }

}  // namespace

// Leaves the address of the element that holds the bit in `address`; `value` is used on the way.
void Lowering::bit_address(const Insn& insn, u8 address, u8 value) {
    const Form& form = insn.form;
    Mem base = confine(insn);
    if (form.w) {
        out_.move64(value, form.reg);
    } else {
        Form extend = register_pair(form.opsize ? 0xbf : 0x63, form.opsize ? 1 : 0, value, form.reg);
        extend.w = true;
        out_.emit(extend);
    }
    Form count;
    count.opcode = 0xb8;
    count.op_reg = true;
    count.rm = address;
    count.imm_size = 4;
    count.imm = log2_bits(form);
    out_.emit(count);
    Form shift = register_pair(0xf7, 2, value, value);  // sarx
    shift.vex = true;
    shift.pp = 2;
    shift.w = true;
    shift.vvvv = address;
    out_.emit(shift);
    base.segment = 0;
    base.addr32 = true;
    out_.lea(address, base, false);
    Mem element;
    element.base = address;
    element.index = value;
    element.scale = static_cast<u8>(log2_bits(form) - 3);
    out_.lea(address, element, true);
}

void Lowering::bit_memory(const Insn& insn) {
    const Form& form = insn.form;
    if (form.reg == RSP) {
        leave_region(insn);
        return;
    }
    if (form.lock) {
        bit_locked(insn);
        return;
    }
    const u8 address = take(false);
    const u8 value = take(false);
    bit_address(insn, address, value);
    Form move = sized(on_memory(register_pair(0x8b, 0, value, 0), address), form);
    out_.emit(move);
    out_.emit(sized(register_pair(form.opcode, 1, form.reg, value), form));
    if (insn.has(kRmWritten)) {
        move.opcode = 0x89;
        out_.emit(move);
    }
    done(insn.next());
    release();
}

// rax is saved already; `scratch` is free.
void Lowering::save_flags(u8 into, u8 scratch) {
    out_.byte(0x9f);                                     // lahf
    out_.emit(register_pair(0xb7, 1, into, RAX));        // movzwl
    Form overflow = register_pair(0x90, 1, 0, scratch);  // seto
    overflow.rm_byte = true;
    out_.emit(overflow);
    Form widen = register_pair(0xb6, 1, scratch, scratch);
    widen.rm_byte = true;
    out_.emit(widen);
    out_.emit(shift_by_16(4, scratch));
    out_.emit(register_pair(0x09, 0, scratch, into));
}

void Lowering::restore_flags(u8 from) {
    out_.move32(RAX, from);
    out_.emit(shift_by_16(5, RAX));
    out_.byte(0x04, 0x7f);  // add $0x7f,%al: OF again
    out_.move32(RAX, from);
    out_.byte(0x9e);  // sahf
}

// The atomic forms: a compare-and-exchange loop, then the old bit into CF. `extra` keeps the other flags:
// those of lahf in bits 8..15 and OF in bit 16, beside the bit offset in its low bits when that was in rax
// (only the offset modulo the operand's size counts).
void Lowering::bit_locked(const Insn& insn) {
    const Form& form = insn.form;
    if (insn.segment) {
        leave_region(insn);
        return;
    }
    settle(insn.address);
    begin(insn);
    busy_ |= 1u << RAX;
    save(RAX);
    const u8 address = take(false);
    const u8 value = take(false);
    const u8 extra = take(false);
    bit_address(insn, address, value);
    const u8 offset = form.reg == RAX ? extra : form.reg;
    out_.emit(
        sized(on_memory(register_pair(0x8b, 0, value, 0), address), form));  // faults with the flags intact
    save_flags(extra, value);
    out_.emit(sized(on_memory(register_pair(0x8b, 0, RAX, 0), address), form));
    const u32 again = out_.here();
    out_.move64(value, RAX);
    out_.emit(sized(register_pair(form.opcode, 1, offset, value), form));
    Form exchange = sized(on_memory(register_pair(0xb1, 1, value, 0), address), form);
    exchange.lock = true;
    out_.emit(exchange);
    out_.byte(0x75, static_cast<u8>(again - (out_.here() + 2)));
    done(insn.next());
    out_.move64(value, RAX);
    restore_flags(extra);
    out_.emit(sized(register_pair(0xa3, 1, offset, value), form));
    release();
}

}  // namespace occlum::sfi::translator
