// Form to bytes, in the one canonical encoding that the verifier accepts.
#pragma once

#include <vector>

#include "sfi/translator/instruction.h"

namespace occlum::sfi::translator {

/// Appends the shortest canonical encoding of `form` to `code`.
void encode(const Form& form, std::vector<u8>& code);

/// Appends the low `size` bytes of `value`.
void append_little(std::vector<u8>& code, u64 value, unsigned size);

/// Overwrites four bytes at `at`.
void store_u32(std::vector<u8>& code, size_t at, u32 value);

}  // namespace occlum::sfi::translator
