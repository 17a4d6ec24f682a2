// What the boot configuration asks of the whole LibOS.
#pragma once

#include <string>

namespace occlum::kernel {

struct LibosOptions {
    bool trace = false;
    bool stats = false;
    std::string hostname = "occlum";
    unsigned cpus = 1;  ///< vCPUs, as /proc shows them
};
LibosOptions& libos_options();

}  // namespace occlum::kernel
