// Key files: 64 hexadecimal digits.
#pragma once

#include <array>
#include <string>

#include "base/types.h"

namespace occlum::cli {

/// Fails for `verb` when the file is not one.
std::array<u8, 32> read_key(const std::string& verb, const std::string& path);

}  // namespace occlum::cli
