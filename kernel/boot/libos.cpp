#include "kernel/boot/libos.h"

namespace occlum::kernel {

LibosOptions& libos_options() {
    static auto& options = *new LibosOptions;
    return options;
}

}  // namespace occlum::kernel
