// Character devices by number: null, zero, full, random, urandom, tty, console, ptmx. /dev itself is a memory
// file system with nodes of them.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// ENXIO: no such device.
Result<Ref<OpenFile>> open_device(u64 device, u32 flags);

struct DeviceNode {
    std::string_view name;
    u64 device;
    u32 mode;
};
std::span<const DeviceNode> device_nodes();

}  // namespace occlum::kernel
