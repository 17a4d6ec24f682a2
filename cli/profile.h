// `occlum run --profile`: where the enclave's report goes, and the LibOS's functions in it.
#pragma once

#include <span>
#include <string>

#include "base/types.h"

namespace occlum::cli {

/// Before the program runs, so that it does not run for nothing. "-": standard error; empty: -1, none is
/// wanted.
int open_profile(const std::string& path);

/// The enclave's report. Its part about places in the LibOS becomes one about functions.
std::string profile_text(const std::string& report, std::span<const u8> libos);
void write_profile(int fd, const std::string& report, std::span<const u8> libos);

}  // namespace occlum::cli
