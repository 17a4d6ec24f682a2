// Between the signal hook and the confined side.
#pragma once

#include <ucontext.h>

#include "fuzz/diff/runner.h"

namespace occlum::fuzz {

/// The machine's registers where the kernel's signal frame has them.
void copy_registers(const mcontext_t& machine, std::array<u64, 16>& gpr);
/// A debug trap while confined code is single-stepped: true when it was recorded and the code goes on.
bool record_confined_step(const mcontext_t& machine);

}  // namespace occlum::fuzz
