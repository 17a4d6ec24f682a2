// eventfd(2).
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// `flags`: EFD_SEMAPHORE, EFD_NONBLOCK.
Ref<OpenFile> make_event_fd(u64 initial, u32 flags);

inline constexpr u32 kEventSemaphore = 1;

}  // namespace occlum::kernel
