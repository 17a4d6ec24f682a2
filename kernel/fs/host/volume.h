// A directory of the host, writable: a volume. Changes go to the host at once; attributes and contents are
// cached here, and looked at again when a file is opened.
#pragma once

#include "kernel/fs/host/host_tree.h"

namespace occlum::kernel {

Result<Ref<Inode>> open_volume(Ref<HostTree> tree);

}  // namespace occlum::kernel
