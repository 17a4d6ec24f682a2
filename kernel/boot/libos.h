// What the boot configuration asks of the whole LibOS.
#pragma once

#include <string>

#include "abi/enclave_map.h"

namespace occlum::kernel {

struct LibosOptions {
    bool trace = false;
    bool stats = false;
    bool terminal = false;  ///< the caller's terminal is one of the enclave's (`-t`)
    std::string hostname = "occlum";
    unsigned cpus = 1;                ///< vCPUs, as /proc shows them
    u64 code_cache = abi::kCodeSize;  ///< bytes
};
LibosOptions& libos_options();

}  // namespace occlum::kernel
