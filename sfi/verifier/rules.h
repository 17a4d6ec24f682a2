// The rules for one instruction (R2, R4, R5, R6) and for the sequences (R6, R7, R8).
#pragma once

#include <array>

#include "sfi/dialect.h"
#include "sfi/verifier/insn.h"

namespace occlum::sfi::verifier {

/// Does any operand of `insn`, register or memory, name rsp as a register to read or write? (Not as a base
/// address.)
bool names_rsp(const Insn& insn);

/// Is it `mov` between the register `insn.reg` and the slot, with 64 bits?
bool is_slot_operand(const Insn& insn);
bool is_slot_load(const Insn& insn, Slot slot);

/// Does `insn` form its address as disp(%rsp)?
bool is_rsp_form(const Insn& insn);

/// Checks one instruction that stands alone, its branch target apart. {} if it may stand.
Refusal check_instruction(const Insn& insn);

/// `mov %r10,%rsp`: rsp again, behind a CALL or DISPATCH.
bool is_restore(std::span<const u8> code);
/// A load of BASE or TABLE, or `mov %rsp,%r10`.
bool opens_sequence(std::span<const u8> code, const Insn& first);

/// How many bytes of a sequence start at code[0].
struct Sequence {
    enum class Kind : u8 { Rebase, String, Dispatch, Call };
    Kind kind = Kind::Rebase;
    u32 length = 0;
    u32 count = 0;
    std::array<u8, 9> starts{};  ///< offsets of its instructions
};
std::expected<Sequence, Refusal> match_sequence(std::span<const u8> code, const Insn& first, bool paired);

}  // namespace occlum::sfi::verifier
