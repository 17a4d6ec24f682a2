// Sending signals as system calls do it: with permissions.
#pragma once

#include "kernel/task/process.h"

namespace occlum::kernel {

/// kill(2) for one process. Signal 0 only asks. EPERM; EAGAIN: its queue is full.
Result<void> signal_process(Process& target, const SigInfo& info);
/// From the current process.
SigInfo own_signal_info(int signal, i32 code);

}  // namespace occlum::kernel
