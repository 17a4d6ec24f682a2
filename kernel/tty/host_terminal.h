// The terminal that `occlum run -t` was called from, as a terminal of the enclave: the host's is raw, the
// line discipline is here.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class FsContext;
class Process;

/// Makes /dev/pts/0 of the host's terminal and the process's controlling terminal of that. EIO: the host has
/// no terminal at descriptor 0.
Result<void> attach_host_terminal(Process& leader);
bool host_terminal_attached();
/// Whether the host's descriptor is a terminal.
bool host_has_terminal(u32 fd);

}  // namespace occlum::kernel
