// Files that name_to_handle_at(2) has given handles for.
#pragma once

#include "kernel/fs/dentry.h"

namespace occlum::kernel {

/// Those in this mount, which is about to go.
void forget_handles(Dentry& mount_root);

}  // namespace occlum::kernel
