// --trace: system calls as lines of text, in the manner of strace.
#pragma once

#include "kernel/syscall/table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

/// --trace was given.
bool tracing();
void set_tracing(bool on);

/// The call as text, without its result; strings are read from the guest now.
std::string describe_call(u64 number, const SyscallEntry* entry, const SyscallArgs& args);
/// A signal that is about to be acted on.
void log_signal(const Task& task, const SigInfo& info);
void trace_result(const Task& task, std::string_view call, const SyscallEntry* entry,
                  const Result<u64>& result);

}  // namespace occlum::kernel
