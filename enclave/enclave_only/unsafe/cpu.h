// Single instructions.
#pragma once

#include "base/types.h"

namespace occlum::enclave {

u64 read_tsc();
/// False when the CPU has none at the moment.
bool try_rdrand(u64& value);
bool try_rdseed(u64& value);
void pause();

}  // namespace occlum::enclave
