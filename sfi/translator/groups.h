// Opcodes whose meaning depends on ModRM.
#pragma once

#include "sfi/translator/instruction.h"

namespace occlum::sfi::translator {

/// Replaces insn.info for an opcode group; false: no such instruction (or refused).
bool refine_group(Insn& insn, u8 modrm);

}  // namespace occlum::sfi::translator
