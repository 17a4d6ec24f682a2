// What the translator must know of each opcode: its operands' kinds, its immediate, and how it is lowered.
// One row serves all the encodings that differ only in operands; groups are refined by the decoder.
#pragma once

#include "base/types.h"

namespace occlum::sfi::translator {

/// How an instruction is lowered.
enum class Op : u8 {
    Bad,        ///< unknown or refused: ASSIST, and the region ends (its length is not known)
    Assist,     ///< the kernel emulates it; its length is known
    AssistEnd,  ///< likewise, but what follows is seldom code (ud2, hlt, int3)
    Plain,      ///< copied, with memory operand and rsp rewritten
    Nop,        ///< dropped
    Group,      ///< decided by ModRM.reg in the decoder
    Lea,
    PushReg,
    PopReg,
    PushImm,
    PushRm,
    PopRm,
    PushFlags,
    Call,
    CallRm,
    Jmp,
    JmpRm,
    Jcc,
    Ret,
    Syscall,
    Enter,
    Leave,
    Movs,
    Cmps,
    Stos,
    Lods,
    Scas,
    Xlat,
    Loop,
    Moffs,
    BitReg,  ///< bt, bts, btr, btc with a register bit offset
    MaskMov,
    Fetch,  ///< not an instruction: the bytes end here
};

// Operand facts. `reg` is ModRM.reg, `rm` is ModRM.rm or the register in the opcode.
inline constexpr u32 kModrm = 1u << 0;
inline constexpr u32 kRegGpr = 1u << 1;
inline constexpr u32 kRegWritten = 1u << 2;
inline constexpr u32 kRegPure = 1u << 3;  ///< written without being read, 32 bits or more
inline constexpr u32 kRegByte = 1u << 4;
inline constexpr u32 kRmGpr = 1u << 5;
inline constexpr u32 kRmWritten = 1u << 6;
inline constexpr u32 kRmByte = 1u << 7;
inline constexpr u32 kVvvvGpr = 1u << 8;
inline constexpr u32 kVvvvWritten = 1u << 9;
inline constexpr u32 kOpReg = 1u << 10;      ///< rm is the low three bits of the opcode
inline constexpr u32 kOpsize = 1u << 11;     ///< 66 selects 16-bit operands
inline constexpr u32 kWide = 1u << 12;       ///< REX.W has a meaning
inline constexpr u32 kMandatory = 1u << 13;  ///< 66/F3/F2 is part of the opcode
inline constexpr u32 kImm8 = 1u << 14;
inline constexpr u32 kImmZ = 1u << 15;  ///< 16 or 32 bits by operand size
inline constexpr u32 kImmV = 1u << 16;  ///< 16, 32 or 64 bits by operand size
inline constexpr u32 kImm16 = 1u << 17;
inline constexpr u32 kMemOnly = 1u << 18;
inline constexpr u32 kRegOnly = 1u << 19;
inline constexpr u32 kLockable = 1u << 20;
inline constexpr u32 kNoTouch = 1u << 21;  ///< the memory operand is not surely accessed
inline constexpr u32 kVsib = 1u << 22;
inline constexpr u32 kVex128 = 1u << 23;     ///< refused with VEX.L = 1
inline constexpr u32 kDefault64 = 1u << 24;  ///< 64-bit operands without REX.W
inline constexpr u32 kSetsFlags = 1u << 25;  ///< writes all six status flags whatever the operands are
inline constexpr u32 kUsesFlags = 1u << 26;  ///< reads or preserves some of them
inline constexpr u32 kNotProof = 1u << 27;   ///< the verifier does not take the access for granted
inline constexpr u32 kNoVvvv = 1u << 28;     ///< VEX.vvvv must be unused
inline constexpr u32 kVex256 = 1u << 29;     ///< refused with VEX.L = 0

struct OpInfo {
    u32 flags = 0;
    Op op = Op::Bad;
};

/// Opcode maps as VEX numbers them: 0 is the one-byte map, 1 is 0F, 2 is 0F38, 3 is 0F3A. `pp`: 0 none, 1 66,
/// 2 F3, 3 F2.
OpInfo legacy_opcode(unsigned map, u8 opcode, unsigned pp);
OpInfo vex_opcode(unsigned map, u8 opcode, unsigned pp);

}  // namespace occlum::sfi::translator
