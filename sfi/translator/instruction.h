// The two shapes an instruction has here: Form, what is encoded, and Insn, a decoded guest instruction.
#pragma once

#include "base/types.h"
#include "sfi/translator/opcode_table.h"

namespace occlum::sfi::translator {

inline constexpr u8 kNone = 0xff;
/// Bytes of the longest instruction.
inline constexpr u64 kMaxLength = 15;
/// Register numbers 20..23 are ah, ch, dh, bh.
inline constexpr u8 kHighByte = 20;

struct Mem {
    u8 base = kNone;
    u8 index = kNone;  ///< a vector register when the form has kVsib
    u8 scale = 0;      ///< log2
    i32 disp = 0;
    u8 segment = 0;  ///< prefix byte, 0 for none
    bool addr32 = false;
};

/// One instruction, ready for encode().
struct Form {
    bool vex = false;
    u8 map = 0;
    u8 opcode = 0;
    u8 pp = 0;   ///< mandatory prefix, as VEX numbers them
    u8 rep = 0;  ///< F2 or F3 before a string instruction
    bool opsize = false;
    bool w = false;
    bool lock = false;
    u8 length_bit = 0;  ///< VEX.L
    u8 vvvv = 0;
    bool modrm = false;
    bool op_reg = false;
    bool reg_byte = false;
    bool rm_byte = false;
    bool memory = false;
    bool vsib = false;
    u8 reg = 0;
    u8 rm = 0;
    Mem mem;
    u8 imm_size = 0;
    u64 imm = 0;
};

struct Insn {
    u64 address = 0;
    u8 length = 0;
    OpInfo info;
    Form form;
    u8 segment = 0;       ///< 64 or 65: the guest's override
    bool addr32 = false;  ///< the guest's 67
    bool opsize = false;  ///< the guest's 66
    u8 rep = 0;           ///< the guest's F2 or F3
    bool rip = false;     ///< the memory operand is rip-relative
    u32 registers = 0;    ///< general ones that it names, and rsp: a bit each
    u64 target = 0;       ///< of a direct branch, or the address of the rip-relative operand
    u16 label = 0;        ///< the region's use

    u64 next() const { return address + length; }
    bool has(u32 flag) const { return (info.flags & flag) != 0; }
};

/// The bit of a general register, of the whole one for ah..bh; 0 for none.
constexpr u32 register_bit(u8 reg) {
    if (reg == kNone) return 0;
    return u32{1} << (reg >= kHighByte ? reg - kHighByte : reg);
}

}  // namespace occlum::sfi::translator
