// The caller's standard input, output and error, as open files.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// `fd` 0, 1 or 2 of the host process. EBADF when the host has it closed.
Result<Ref<OpenFile>> open_console(u32 fd);

}  // namespace occlum::kernel
