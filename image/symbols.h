// Names for "libos.elf+0x1234" in the enclave's diagnostics, from the image's symbol table.
#pragma once

#include <span>
#include <string>

#include "base/types.h"

namespace occlum::image {

/// The text with " (function+0x12)" behind each such address whose function is known.
std::string with_symbols(std::span<const u8> elf, const std::string& text);

}  // namespace occlum::image
