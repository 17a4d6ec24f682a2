// The instructions that move the live vector and x87 registers, on kernel memory.
#pragma once

#include <span>

#include "base/types.h"
#include "kernel/assist/assist.h"

namespace occlum::kernel {

/// `mask`: components, bit 0 x87, 1 SSE, 2 AVX. The header and what the instruction does not write stay.
void run_xsave(VectorState& area, u32 mask);
void run_xsavec(VectorState& area, u32 mask);
/// The area must be one that XRSTOR takes.
void run_xrstor(const VectorState& area, u32 mask);
void run_fxsave(VectorState& area);
/// The 28- or 14-byte environment, and the 108- or 94-byte state, with the instruction's effect on the
/// registers.
void run_fnstenv(VectorState& area, bool short_form);
void run_fnsave(VectorState& area, bool short_form);

}  // namespace occlum::kernel
