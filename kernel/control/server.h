// Pid 1 of a running instance (`occlum start`): a task of the LibOS that runs the programs that the host asks
// for (`occlum exec`), looks after orphans, and ends the enclave when it is asked to (`occlum stop`).
#pragma once

#include "abi/command.h"
#include "kernel/fs/fs_context.h"

namespace occlum::kernel {

/// What a command's program is allowed to be. EPERM: may not be started.
using Admission = Result<void> (*)(abi::BootConfig& run);

/// The root and the working directory of what is run; who runs it.
Result<void> start_command_server(Ref<FsContext> fs, const Credentials& who, Admission admission);

}  // namespace occlum::kernel
