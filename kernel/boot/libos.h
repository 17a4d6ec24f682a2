// What the boot configuration asks of the whole LibOS.
#pragma once

#include <string>

#include "abi/enclave_map.h"
#include "base/types.h"

namespace occlum::kernel {

struct LibosOptions {
    bool trace = false;
    bool stats = false;
    bool profile = false;
    bool strict_wx = false;  ///< what was ever writable is never executable: no JIT compilers
    bool terminal = false;   ///< the caller's terminal is one of the enclave's (`-t`)
    bool debugger = false;   ///< a gdb on the host debugs the first program
    bool serve = false;      ///< programs come as commands (`occlum start`, `occlum exec`)
    std::string domain_name = "(none)";
    std::string hostname = "occlum";
    u32 cpus = 1;                     ///< vCPUs: 1 to abi::kMaxThreads
    u64 code_cache = abi::kCodeSize;  ///< bytes
};
LibosOptions& libos_options();

}  // namespace occlum::kernel
