// set_mempolicy(2)'s choice of a thread. There is one node.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

struct MemoryPolicy {
    u32 mode = 0;  ///< MPOL_*, with its flags
    u64 nodes = 0;
};

}  // namespace occlum::kernel
