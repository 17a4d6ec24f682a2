// Guest bytes to Insn.
#pragma once

#include <span>

#include "sfi/translator/instruction.h"

namespace occlum::sfi::translator {

enum class Decoded : u8 {
    Ok,
    Truncated,  ///< the bytes end inside the instruction
    Bad,        ///< no instruction that the translator knows
};

/// Decodes the instruction at bytes[0], which lies at `address`. `insn`, a fresh one, is complete only for
/// Ok.
Decoded decode(std::span<const u8> bytes, u64 address, Insn& insn);

/// Insn::registers of an instruction that is complete but for these.
u32 named_registers(const Insn& insn);

}  // namespace occlum::sfi::translator
