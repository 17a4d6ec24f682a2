// A second opinion on what the verifier accepts, from Zydis's decoder and a policy written from the rules
// alone.
#pragma once

#include <Zydis/Zydis.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::verifier::judge {

struct Decoded {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    u32 offset = 0;

    std::span<const ZydisDecodedOperand> all() const { return {operands, insn.operand_count}; }
};

std::optional<Decoded> zydis_decode(std::span<const u8> code, u32 offset = 0);
std::string text(const Decoded& decoded);

/// What is wrong with an instruction that the verifier lets stand alone. Empty: nothing.
/// `before` and `before2` are the two instructions in front of it, null at a boundary where control may join.
std::string objection(const Decoded& decoded, const Decoded* before, const Decoded* before2);

/// What is wrong with a unit that the verifier accepted. Empty: nothing. `seed` directs the walks over its
/// branches.
std::string objection_to_unit(std::span<const u8> code, u32 at, std::span<const u32> entries, i64 known,
                              u64 seed);

}  // namespace occlum::sfi::verifier::judge
