// Form to bytes, in the one canonical encoding that the verifier accepts.
#pragma once

#include <vector>

#include "sfi/translator/code_buffer.h"
#include "sfi/translator/instruction.h"

namespace occlum::sfi::translator {

/// Appends the shortest canonical encoding of `form` to `code`.
void encode(const Form& form, CodeBuffer& code);

/// Appends the low `size` bytes of `value`.
void append_little(std::vector<u8>& code, u64 value, unsigned size);

}  // namespace occlum::sfi::translator
