// `occlum run --gdb PORT`: the socket that a gdb on this machine connects to.
#pragma once

#include "cli/launch.h"

namespace occlum::cli {

/// Waits for gdb, and makes its connection the enclave's debugger session. Fails when the plan is measured.
void await_debugger(LaunchPlan& plan, u16 port);

}  // namespace occlum::cli
