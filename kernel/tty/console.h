// The caller's standard input, output and error, as open files. The terminal's line discipline is the host's.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// `fd` 0, 1 or 2 of the host process. EBADF when the host has it closed.
Result<Ref<OpenFile>> open_console(u32 fd);
/// /dev/tty: whichever of them is a terminal. ENXIO when none is.
Result<Ref<OpenFile>> open_terminal(u32 flags);

}  // namespace occlum::kernel
