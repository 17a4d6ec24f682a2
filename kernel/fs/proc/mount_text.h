// /proc/<pid>/mounts and mountinfo.
#pragma once

#include "kernel/fs/mounts.h"

namespace occlum::kernel {

std::string mounts_text(const FsContext& view);
std::string mountinfo_text(const FsContext& view);

}  // namespace occlum::kernel
