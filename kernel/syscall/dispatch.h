// From the guest's registers to a handler and back.
#pragma once

#include "kernel/syscall/table.h"

namespace occlum::kernel {

class Task;

/// The current task's context is at the instruction after its system call.
void handle_system_call(Task& task);

/// --trace: a line for each call.
void set_tracing(bool on);

}  // namespace occlum::kernel
