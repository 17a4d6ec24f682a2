// Calls of the host that may take long and are asked for where nobody can wait: by destructors, when mappings
// go. The task in whose call that happens makes them on its way back to guest code, where it may leave the
// kernel lock; for one that ends before, the next that comes by.
#pragma once

#include <functional>

#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

class Task;

/// `work` starts and ends with the kernel lock held, and may leave it in between. Done at once while there
/// are no tasks.
void on_way_back(std::function<void()> work);

bool has_work_on_way_back();
void do_work_on_way_back(const Task& current) OCCLUM_REQUIRES(kernel_lock);
void disown_work_on_way_back(const Task& ending);
/// All that is left, when no task will come by any more.
void finish_work_on_way_back() OCCLUM_REQUIRES(kernel_lock);

}  // namespace occlum::kernel
