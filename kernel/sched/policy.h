// What sched_setattr(2) and ioprio_set(2) say of a task.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

enum class Policy : u8 { Other = 0, Fifo = 1, RoundRobin = 2, Batch = 3, Idle = 5, Deadline = 6 };

struct Scheduling {
    Policy policy = Policy::Other;
    int nice = 0;
    u32 priority = 0;  ///< 1 to 99 for Fifo and RoundRobin
    bool reset_on_fork = false;
    u64 runtime_ns = 0, deadline_ns = 0, period_ns = 0;
    u32 io_priority = 0;

    bool is_real_time() const { return policy == Policy::Fifo || policy == Policy::RoundRobin; }
};

}  // namespace occlum::kernel
