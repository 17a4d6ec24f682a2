// A second opinion on paired units: what is theirs alone is judged here and then written as the unpaired unit
// that goes the same ways, which judge.h looks at.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::verifier::judge {

/// What is wrong with the places of RESTORE, CALL and DISPATCH in an accepted unit. Empty: nothing, and
/// `code` is the unpaired unit. `known`: a landing of another unit, in bytes from the cache's start.
std::string unpair(std::vector<u8>& code, u32 at, std::span<const u32> bodies, std::span<const u32> landings,
                   i64 known);

}  // namespace occlum::sfi::verifier::judge
