// Pseudo-terminals (pty(7)): /dev/ptmx and the slaves below /dev/pts.
#pragma once

#include "kernel/tty/tty.h"

namespace occlum::kernel {

/// A new pair; the master's descriptor. ENOSPC.
Result<Ref<OpenFile>> open_pty_master(u32 flags);

/// The devpts file system's root.
Ref<Inode> make_devpts_root();

}  // namespace occlum::kernel
