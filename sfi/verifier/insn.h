// The verifier's view of an instruction: the allow-list's rows (Form) and one decoded instruction (Insn).
#pragma once

#include <expected>
#include <span>

#include "base/types.h"

namespace occlum::sfi::verifier {

/// Why an instruction is refused: a rule of sfi/README.md and one line.
struct Refusal {
    int rule = 0;
    const char* reason = "";
};

/// Facts about a form. "General register" matters because rsp is one.
enum Flag : u32 {
    kModrm = 1 << 0,
    kRegG = 1 << 1,       ///< modrm.reg is a general register
    kRmG = 1 << 2,        ///< modrm.rm, where it is a register, is a general one
    kReg8 = 1 << 3,       ///< modrm.reg (or the opcode's register) is a byte: 4..7 without REX are ah..bh
    kRm8 = 1 << 4,        ///< likewise modrm.rm
    kOpG = 1 << 5,        ///< the opcode's low three bits are a general register
    kMem = 1 << 6,        ///< only with a memory operand
    kReg = 1 << 7,        ///< only with a register operand
    kImm8 = 1 << 8,       ///< signed byte
    kImmZ = 1 << 9,       ///< 4 bytes, 2 under the prefix 66
    kImmV = 1 << 10,      ///< as kImmZ, 8 under REX.W
    kOsz = 1 << 11,       ///< the prefix 66 selects 16-bit operands
    kLock = 1 << 12,      ///< F0 allowed on a memory operand
    kLazy = 1 << 13,      ///< may leave its memory operand untouched
    kNoRex = 1 << 14,     ///< REX would change the meaning
    kX87 = 1 << 15,       ///< further narrowed by x87_allowed()
    kImplicit = 1 << 16,  ///< accesses memory through esi, edi or ebx: gs form wanted, no operand says so
    kAlt = 1 << 17,       ///< tried where the row before does not fit: same opcodes, same prefixes
    kAlu = 1 << 18,       ///< stands for the seven opcodes first + 8*n, n < 7
    kVvvv = 1 << 19,      ///< VEX.vvvv names a vector register
    kVvvvG = 1 << 20,     ///< VEX.vvvv names a general register
    kL0 = 1 << 21,        ///< VEX.L, VEX.W must have this value
    kL1 = 1 << 22,
    kW0 = 1 << 23,
    kW1 = 1 << 24,
    kVsib = 1 << 25,  ///< the index is a vector
};

/// Mandatory prefix columns.
enum Prefix : u8 { kNp = 1, k66 = 2, kF3 = 4, kF2 = 8 };

/// What the rules must know of an instruction beyond its operands.
enum class Act : u8 { Plain, Mov, AluImm, Lea, Nop, Push, Pop, Int3, Jump, Branch, Loop, Indirect, String };

/// One row of the allow-list: opcodes first..last of a map under the given prefixes.
struct Form {
    u8 first = 0;
    u8 last = 0;
    u8 prefixes = 0;
    u32 flags = 0;
    Act act = Act::Plain;
    u8 regs = 0xff;  ///< values of modrm.reg (3 bits) that are on the list, one bit each
    u8 exact = 0;    ///< if not 0, the only modrm byte on the list

    constexpr bool has(u32 flag) const { return (flags & flag) != 0; }
};

/// The number is the place in the table.
enum class Map : u8 { One, Two, Three8, ThreeA, Vex1, Vex2, Vex3 };

/// Rows for an opcode: the first, then its alternatives. Empty: not on the list.
std::span<const Form> lookup(Map map, Prefix column, u8 opcode);
bool x87_allowed(u8 opcode, u8 modrm);

inline constexpr u8 kNoRegister = 0xff;
inline constexpr u8 kRip = 0xfe;
inline constexpr u8 kRsp = 4;

struct Insn {
    const Form* form = nullptr;
    Map map = Map::One;
    u8 length = 0;
    u8 opcode = 0;
    // Prefixes. REX and VEX share w, and their register bits are in reg, rm, base, index already.
    u8 segment = 0;  ///< 0, 0x64 or 0x65
    u8 rep = 0;      ///< 0, 0xf2 or 0xf3
    bool addr32 = false;
    bool lock = false;
    bool osz = false;
    bool has_rex = false;
    bool w = false;
    u8 vvvv = 0;
    // Operands.
    bool has_memory = false;
    u8 reg = 0;        ///< modrm.reg, 4 bits; for kOpG forms the opcode's register
    u8 rm = 0;         ///< modrm.rm, 4 bits, where it is a register
    u8 extension = 0;  ///< modrm.reg, 3 bits
    u8 base = kNoRegister;
    u8 index = kNoRegister;
    u8 scale = 0;  ///< log2
    i32 disp = 0;
    i64 imm = 0;

    bool is(Map m, u8 op) const { return map == m && opcode == op; }
};

/// Decodes the first instruction of `code`, or says which of R1..R3 it breaks.
std::expected<Insn, Refusal> decode(std::span<const u8> code);

}  // namespace occlum::sfi::verifier
