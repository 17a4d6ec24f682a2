// Debugging from outside (`occlum run --gdb PORT`): a task of the LibOS that traces the first program, as a
// ptrace(2) tracer would, and speaks gdb's remote serial protocol with a gdb on the host.
#pragma once

#include "kernel/task/process.h"

namespace occlum::kernel::gdb {

/// `program` has not run yet: it will stop before its first instruction.
Result<void> start_stub(Process& program);
/// The first process has ended: gdb is told, when there is one.
void report_end(const ExitReason& reason);

}  // namespace occlum::kernel::gdb
