// What happens between a system call or trap and the return to guest code.
#pragma once

#include "kernel/task/task.h"

namespace occlum::kernel {

/// True when deliver_signals() has something to do.
bool needs_delivery(const Task& task);
/// Default actions, stops, handlers; ends or restarts an interrupted system call. The context is canonical.
/// Returns when guest code may go on, or when the task must end (task.must_exit).
void deliver_signals(Task& task);
/// A trap of the current task becomes its signal.
void raise_trap(Task& task, const GuestTrap& trap);

}  // namespace occlum::kernel
