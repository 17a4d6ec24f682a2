// Who may do what to a file (path_resolution(7), credentials(7)). The superuser has the capabilities that it
// has on Linux.
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

/// `wanted`: kMayRead, kMayWrite, kMayExecute. EACCES.
Result<void> check_access(const Attributes& file, const Credentials& who, u32 wanted);
/// The same with a look at the file system: EROFS.
Result<void> check_access(Inode& inode, const Credentials& who, u32 wanted);
/// The owner or the superuser. EPERM.
Result<void> check_owner(const Attributes& file, const Credentials& who);
/// Whether a name for `victim` may be removed from `directory` (the sticky bit). EACCES, EPERM.
Result<void> check_removal(Inode& directory, Inode& victim, const Credentials& who);

}  // namespace occlum::kernel
