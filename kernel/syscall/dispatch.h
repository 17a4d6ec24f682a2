// From the guest's registers to a handler and back.
#pragma once

#include "kernel/syscall/table.h"

namespace occlum::kernel {

class Task;

/// The current task's context is at the instruction after its system call.
void handle_system_call(Task& task);

/// Calls that only fetch or set a number: too short for their time to be measured.
bool is_brief_call(u64 number);

}  // namespace occlum::kernel
