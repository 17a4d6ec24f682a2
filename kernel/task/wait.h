// Waiting for children: the worker below wait4(2) and waitid(2).
#pragma once

#include "kernel/task/process.h"

namespace occlum::kernel {

struct WaitSelector {
    enum class Kind : u8 { Any, Pid, Group };
    Kind kind = Kind::Any;
    u32 number = 0;
};

enum WaitOption : u32 {
    kWaitNoHang = 1,
    kWaitStopped = 2,
    kWaitExited = 4,
    kWaitContinued = 8,
    kWaitNoReap = 0x01000000,
    kWaitNoThread = 0x20000000,
    kWaitAll = 0x40000000,
    kWaitClone = 0x80000000,
    kWaitAnyKind = kWaitNoThread | kWaitAll | kWaitClone,
};

/// pid 0: nothing has changed (WNOHANG).
struct WaitResult {
    u32 pid = 0, uid = 0;
    ExitReason change;
    Usage usage;
};

/// ECHILD: no such child. ERESTARTSYS.
Result<WaitResult> wait_for_child(const WaitSelector& which, u32 options);

}  // namespace occlum::kernel
