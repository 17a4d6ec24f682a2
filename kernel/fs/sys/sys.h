// /sys, as far as programs look for the processors and the memory of the machine: files of a memory file
// system that nobody may change, made at boot.
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

/// Fills the root of an empty file system.
Result<void> fill_sysfs(Inode& root);

}  // namespace occlum::kernel
