// String instructions and others with fixed address registers.
#include "sfi/translator/lowering.h"

namespace occlum::sfi::translator {
namespace {

constexpr u8 kGsPrefix = 0x65;
constexpr u8 kRsiRebased = 1;
constexpr u8 kRdiRebased = 2;

Mem sum_of(u8 base, u8 index) {
    Mem mem;
    mem.base = base;
    mem.index = index;
    return mem;
}

}  // namespace

// STRING: the address registers hold real addresses around the instruction. What a fault leaves in them and
// in rcx is what the architecture says, once the low halves are taken.
void Lowering::string(const Insn& insn) {
    const Op op = insn.info.op;
    const bool source = op == Op::Movs || op == Op::Cmps;
    if (source && insn.segment) {
        leave_region(insn);
        return;
    }
    if (insn.addr32 && insn.rep) out_.move32(RCX, RCX);
    busy_ |= (1u << RAX) | (1u << RCX) | (1u << RSI) | (1u << RDI);
    const u8 base = take(false);
    out_.load_slot(base, Slot::Base);
    out_.move32(RDI, RDI);
    out_.lea(RDI, sum_of(RDI, base), true);
    out_.state.rebased |= kRdiRebased;
    if (source) {
        out_.move32(RSI, RSI);
        out_.lea(RSI, sum_of(RSI, base), true);
        out_.state.rebased |= kRsiRebased;
    }
    Form form = insn.form;
    const bool compares = op == Op::Cmps || op == Op::Scas;
    form.rep = insn.rep && !compares ? 0xf3 : insn.rep;
    out_.emit(form);
    done(insn.next());
    out_.move32(RDI, RDI);
    if (source) out_.move32(RSI, RSI);
    release_last(true);
}

// lods and xlat take a segment and a 32-bit address as they are.
void Lowering::lods_xlat(const Insn& insn) {
    if (insn.segment) {
        leave_region(insn);
        return;
    }
    Form form = insn.form;
    form.mem.segment = kGsPrefix;
    form.mem.addr32 = true;
    if (insn.info.op == Op::Lods && insn.rep) form.rep = 0xf3;
    out_.emit(form);
}

void Lowering::mask_move(const Insn& insn) {
    if (insn.segment) {
        leave_region(insn);
        return;
    }
    Form form = insn.form;
    form.mem.segment = kGsPrefix;
    form.mem.addr32 = true;
    out_.emit(form);
}

}  // namespace occlum::sfi::translator
