// The signal frame that a handler finds on its stack, as Linux lays it out on x86-64 (struct rt_sigframe).
#pragma once

#include "kernel/task/task.h"

namespace occlum::kernel {

/// Makes the current task's context call the handler of `action` for `info`. EFAULT: the frame does not fit
/// on the stack.
Result<void> push_signal_frame(Task& task, const SigAction& action, const SigInfo& info, SigSet old_mask);
/// rt_sigreturn(2): takes back what the handler may have changed. EFAULT or EINVAL: not a frame.
Result<void> pop_signal_frame(Task& task);

/// sigaltstack(2)'s SS_* flags.
enum AltStackFlag : u32 { kSsOnStack = 1, kSsDisable = 2, kSsAutoDisarm = u32{1} << 31 };
bool on_alternate_stack(const Task& task, u64 sp);
/// What sigaltstack(2) reports.
AltStack reported_stack(const Task& task, u64 sp);

}  // namespace occlum::kernel
