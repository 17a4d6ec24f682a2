// The proc file system (proc(5)).
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

Result<Ref<Inode>> make_proc_root();

}  // namespace occlum::kernel
