// What destructors find to do that may take long at the host, in places that cannot leave the kernel lock:
// the task in whose call that happens does it on its way back to guest code; for one that ends meanwhile, the
// next that comes by.
#pragma once

#include <functional>

#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

class Task;

/// Where there are no tasks, at once.
void leave_errand(std::function<void()> errand);

/// Whether run_errands() may have something to do.
bool have_errands();
/// Of the current task, if there is one, and of those that have ended. They may leave the kernel lock.
void run_errands(const Task* current) OCCLUM_REQUIRES(kernel_lock);
void disown_errands(const Task& ending);
/// All that is left, when no task will come by any more.
void finish_errands() OCCLUM_REQUIRES(kernel_lock);

}  // namespace occlum::kernel
