// Handles of host files that nobody uses any more. A close may take long, when the host writes back then, and
// is asked for by destructors anywhere: so the task in whose call that happens makes it on its way back to
// guest code, without the kernel lock; for one that ends meanwhile, the next that comes by.
#pragma once

#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

class Task;

void retire_handle(u64 handle);

/// Whether close_retired_handles() may have something to do.
bool have_retired_handles();
void close_retired_handles(const Task& current) OCCLUM_REQUIRES(kernel_lock);
void disown_retired_handles(const Task& ending);

}  // namespace occlum::kernel
