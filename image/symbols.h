// Names for places in the LibOS, from its image's symbol table.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/types.h"

namespace occlum::image {

struct Function {
    std::string name;
    u64 start = 0, size = 0;
};
std::optional<Function> function_at(std::span<const u8> elf, u64 address);

/// The enclave's diagnostics, "libos.elf+0x1234" in them: with " (function+0x12)" behind each such address
/// whose function is known.
std::string with_symbols(std::span<const u8> elf, const std::string& text);

}  // namespace occlum::image
