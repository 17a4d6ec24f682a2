#include "kernel/sched/long_call.h"

#include "kernel/sched/cpu.h"
#include "kernel/sched/idle.h"
#include "kernel/sched/kernel_lock.h"
#include "kernel/sched/run_queue.h"

namespace occlum::kernel {

LongCalls::LongCalls() { ++this_cpu().long_calls; }
LongCalls::~LongCalls() { --this_cpu().long_calls; }

bool LongCalls::allowed() { return this_cpu().long_calls != 0; }

// The analysis knows no objects that give a lock away.
LockLeft::LockLeft() OCCLUM_NO_THREAD_SAFETY_ANALYSIS {
    // What waits here, and the watch over timers if it was this vCPU's, are the others' for now.
    if (!this_cpu().current)
        wake_other_watchers();
    else if (!run_queue().empty())
        (void)kick_idle_cpu();
    kernel_lock.release();
}

LockLeft::~LockLeft() OCCLUM_NO_THREAD_SAFETY_ANALYSIS { kernel_lock.acquire(); }

}  // namespace occlum::kernel
