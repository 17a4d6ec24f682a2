// One guest instruction at a time (PTRACE_SINGLESTEP).
#pragma once

#include "kernel/sched/kernel_lock.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

/// Runs the instruction at the task's rip, then sends SIGTRAP.
void step_guest(Task& task) OCCLUM_REQUIRES(kernel_lock);

/// A code space of nothing but the instruction at `rip`, which may go over a border of mappings. EFAULT: it
/// cannot be fetched.
Result<Ref<sfi::CodeSpace>> single_instruction(AddressSpace& memory, GuestAddr rip);

}  // namespace occlum::kernel
