#include "sfi/translator/encoder.h"

namespace occlum::sfi::translator {
namespace {

constexpr u8 low_bits(u8 reg) { return reg >= kHighByte ? static_cast<u8>(reg - kHighByte + 4) : reg & 7; }
constexpr bool extended(u8 reg) { return reg != kNone && reg < kHighByte && (reg & 8) != 0; }

struct RexBits {
    bool r, x, b;
};

RexBits rex_bits(const Form& form) {
    if (form.memory) return {extended(form.reg), extended(form.mem.index), extended(form.mem.base)};
    return {extended(form.reg), false, extended(form.rm)};
}

void legacy_prefixes(const Form& form, const RexBits& bits, CodeBuffer::Writer& code) {
    if (form.lock) code.put(0xf0);
    if (form.opsize || form.pp == 1) code.put(0x66);
    if (form.rep) code.put(form.rep);
    if (form.pp == 2) code.put(0xf3);
    if (form.pp == 3) code.put(0xf2);
    const bool low_reg = form.modrm && form.reg_byte && form.reg >= 4 && form.reg < 8;
    const bool low_rm = form.rm_byte && !form.memory && form.rm >= 4 && form.rm < 8;
    const unsigned rex = (form.w ? 8u : 0u) | (bits.r ? 4u : 0u) | (bits.x ? 2u : 0u) | (bits.b ? 1u : 0u);
    if (rex || low_reg || low_rm) code.put(static_cast<u8>(0x40 | rex));
    if (form.map) code.put(0x0f);
    if (form.map == 2) code.put(0x38);
    if (form.map == 3) code.put(0x3a);
}

void vex_prefix(const Form& form, const RexBits& bits, CodeBuffer::Writer& code) {
    const unsigned tail = (unsigned{15u - form.vvvv} << 3) | (form.length_bit ? 4u : 0u) | form.pp;
    if (form.map == 1 && !form.w && !bits.x && !bits.b) {
        code.put(0xc5);
        code.put(static_cast<u8>((bits.r ? 0 : 0x80) | tail));
        return;
    }
    code.put(0xc4);
    code.put(static_cast<u8>((bits.r ? 0 : 0x80) | (bits.x ? 0 : 0x40) | (bits.b ? 0 : 0x20) | form.map));
    code.put(static_cast<u8>((form.w ? 0x80 : 0) | tail));
}

void memory_operand(const Form& form, CodeBuffer::Writer& code) {
    const Mem& mem = form.mem;
    const unsigned reg = low_bits(form.reg) * 8u;
    const bool base = mem.base != kNone;
    const bool index = mem.index != kNone;
    const bool byte_disp = mem.disp >= -128 && mem.disp <= 127;
    unsigned mod = !base ? 0 : (mem.disp == 0 && (mem.base & 7) != 5) ? 0 : byte_disp ? 0x40 : 0x80;
    if (base && !index && (mem.base & 7) != 4) {
        code.put(static_cast<u8>(mod | reg | (mem.base & 7)));
    } else {
        code.put(static_cast<u8>(mod | reg | 4));
        code.put(static_cast<u8>((index ? mem.scale * 64u : 0u) | (index ? (mem.index & 7) * 8u : 0x20u) |
                                 (base ? mem.base & 7u : 5u)));
    }
    code.little(static_cast<u32>(mem.disp), !base || mod == 0x80 ? 4 : mod == 0x40 ? 1 : 0);
}

}  // namespace

void append_little(std::vector<u8>& code, u64 value, unsigned size) {
    for (unsigned n = 0; n < size; ++n) code.push_back(static_cast<u8>(value >> (8 * n)));
}

void encode(const Form& form, CodeBuffer& out) {
    CodeBuffer::Writer code = out.open();
    if (form.mem.segment) code.put(form.mem.segment);
    if (form.mem.addr32) code.put(0x67);
    const RexBits bits = rex_bits(form);
    if (form.vex)
        vex_prefix(form, bits, code);
    else
        legacy_prefixes(form, bits, code);
    code.put(static_cast<u8>(form.opcode | (form.op_reg ? low_bits(form.rm) : 0)));
    if (form.modrm) {
        if (form.memory)
            memory_operand(form, code);
        else
            code.put(static_cast<u8>(0xc0 | (low_bits(form.reg) * 8) | low_bits(form.rm)));
    }
    code.little(form.imm, form.imm_size);
    out.close(code);
}

}  // namespace occlum::sfi::translator
