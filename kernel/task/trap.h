// Asynchronous exits of guest code.
#pragma once

#include "kernel/task/task.h"

namespace occlum::kernel {

/// Why the current task's guest code was interrupted is in this_cpu().exception: resolves it, notes a tick,
/// or raises the signal. The context stays raw when the guest can just go on.
void handle_interrupt(Task& task);

/// Raw context to canonical form; nothing to do for canonical ones.
void make_canonical(Task& task);

}  // namespace occlum::kernel
