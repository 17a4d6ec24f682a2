// What the boot configuration asks of the whole LibOS.
#pragma once

#include <string>

namespace occlum::kernel {

struct LibosOptions {
    bool trace = false;
    bool stats = false;
    bool terminal = false;  ///< the caller's terminal is one of the enclave's (`-t`)
    std::string domain_name = "(none)";
    std::string hostname = "occlum";
    unsigned cpus = 1;  ///< vCPUs, as /proc shows them
};
LibosOptions& libos_options();

}  // namespace occlum::kernel
