// Samples of guest code, by function and by file. Files are read here, in the enclave, and only at the end:
// many of them (of images, of stores, written by the programs themselves) exist nowhere else, and an enclave
// that somebody relies on refuses --profile, so that none of this is reachable there.
#pragma once

#include <string>

#include "base/types.h"

namespace occlum::kernel {
class FsContext;
}

namespace occlum::kernel::profile {

void put_hot_functions(std::string& text, FsContext& names, u64 busy_ns);

}  // namespace occlum::kernel::profile
