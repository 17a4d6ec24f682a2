// Which image is to be mounted.
#pragma once

#include "abi/measured_config.h"

namespace occlum::kernel {

struct ImageRequest {
    u32 host_mount = 0;
    std::string file;                  ///< in the mount's directory
    abi::MeasuredImage measured = {};  ///< what it must be
    std::optional<abi::BootKey> key = {};
};

}  // namespace occlum::kernel
