// The report of `--profile` is text, but for its last part, which the host turns into functions: it has the
// LibOS's symbols, and the enclave has not.
#pragma once

#include <string_view>

namespace occlum::abi {

/// A line for each place in the LibOS follows: its offset in the image in hexadecimal, and its samples.
inline constexpr std::string_view kLibosPlaces = "\nplaces in libos.elf\n";

}  // namespace occlum::abi
