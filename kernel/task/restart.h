// What restart_syscall(2) goes on with: calls whose timeout has begun to run.
#pragma once

#include <optional>

#include "base/guest.h"

namespace occlum::kernel {

enum class RestartKind : u8 { None, Sleep, Futex };

struct Restart {
    RestartKind kind = RestartKind::None;
    u64 deadline_ns = 0;
    GuestAddr address;  ///< of the remaining time, or of the futex
    u32 expected = 0, bits = 0;
    bool shared = false;  ///< the futex's scope
};

}  // namespace occlum::kernel
