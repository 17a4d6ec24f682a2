// A decoder for the few instructions that the kernel emulates. What it does not know is an invalid opcode.
#pragma once

#include <optional>
#include <span>

#include "base/types.h"

namespace occlum::kernel {

struct AssistInsn {
    u8 length = 0;
    u8 map = 0;  ///< 0: one-byte opcodes, 1: 0F
    u8 opcode = 0;
    bool lock = false, opsize = false, address32 = false, wide = false;
    u8 rep = 0;      ///< F2, F3 or 0
    u8 segment = 0;  ///< 0x64, 0x65 or 0
    u8 modrm = 0;    ///< where has_modrm
    bool has_modrm = false;
    u8 reg = 0, rm = 0;  ///< with REX
    bool memory = false;
    u8 base = kNoRegister, index = kNoRegister, scale = 0;
    bool rip_relative = false;
    i32 displacement = 0;
    u8 immediate = 0;

    static constexpr u8 kNoRegister = 0xff;
    /// The opcode extension /0../7.
    unsigned extension() const { return (modrm >> 3) & 7; }
};

/// Nothing: the bytes end inside the instruction.
std::optional<AssistInsn> decode_assist(std::span<const u8> bytes);

}  // namespace occlum::kernel
