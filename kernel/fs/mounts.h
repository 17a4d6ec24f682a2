// What is mounted where, for /proc/mounts.
#pragma once

#include "kernel/fs/fs_context.h"

namespace occlum::kernel {

struct MountRecord {
    std::string source;
    Ref<Dentry> point;  ///< the root of what is mounted
};
std::vector<MountRecord>& mount_records();
void record_mount(MountRecord record);

}  // namespace occlum::kernel
