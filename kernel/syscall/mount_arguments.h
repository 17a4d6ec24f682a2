// What the two families of mount calls share: rights, flags.
#pragma once

#include "kernel/fs/file_systems.h"
#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {

/// EPERM.
inline Result<void> require_mounting() {
    if (!current_credentials().has(Capability::Administer)) return err(Errno::Eperm);
    return {};
}

/// A root of a mount, or EINVAL.
inline Result<void> require_mount_root(Dentry& dentry) {
    if (dentry.parent() || !dentry.mount) return err(Errno::Einval);
    return {};
}

/// A mount that nobody has attached yet belongs to its descriptor and goes with it (fsmount(2),
/// open_tree(2)).
Ref<OpenFile> make_mount_file(Ref<Dentry> root);

}  // namespace occlum::kernel
