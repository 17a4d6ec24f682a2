// Which decoded instructions are tested as random ones; branches and stack pointer arithmetic have templates
// in generator.cpp, and what the kernel emulates is tested there.
#pragma once

#include <Zydis/Zydis.h>

#include <span>

#include "fuzz/diff/random.h"

namespace occlum::fuzz {

bool is_tested(Random& random, const ZydisDecodedInstruction& instruction,
               std::span<const ZydisDecodedOperand> operands);
/// Encoding number of the general register that contains `reg`, or -1.
int general_register(ZydisRegister reg);
bool is_vector(ZydisRegister reg);
bool is_bit_test(ZydisMnemonic mnemonic);
bool is_load_string(ZydisMnemonic mnemonic);

}  // namespace occlum::fuzz
