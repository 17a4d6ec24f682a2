// Random sequences: random instructions, and templates for control flow and the stack pointer.
#pragma once

#include "fuzz/diff/sequence.h"

namespace occlum::fuzz {

Sequence generate(u64 seed);

}  // namespace occlum::fuzz
