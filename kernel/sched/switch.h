// Switching between kernel stacks.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

/// Leaves the current stack, storing its stack pointer in save_sp, for the one whose pointer is load_sp.
void switch_stack(u64& save_sp, u64 load_sp);

/// Makes the stack that ends at `top` one that switch_stack() can enter: it then calls `entry`, which must
/// not return. Answers the stack pointer to load.
u64 prepare_stack(u64 top, void (*entry)());

}  // namespace occlum::kernel
