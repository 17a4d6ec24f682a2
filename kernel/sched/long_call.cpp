#include "kernel/sched/long_call.h"

#include <utility>

#include "kernel/sched/cpu.h"
#include "kernel/sched/idle.h"
#include "kernel/sched/run_queue.h"

namespace occlum::kernel {

// The watch over timers and descriptors, if it was this vCPU's (as an idle one, or by its ticks), goes to
// another one, too.
void prepare_to_be_away() {
    if (!this_cpu().current || events_need_ticks())
        wake_other_watchers();
    else if (!run_queue().empty())
        (void)kick_idle_cpu();
}

bool may_leave_lock() { return this_cpu().current != nullptr; }

LongCalls::LongCalls() { ++this_cpu().long_calls; }
LongCalls::~LongCalls() { --this_cpu().long_calls; }
bool LongCalls::allowed() { return this_cpu().long_calls != 0; }

NoLongCalls::NoLongCalls() : before_(std::exchange(this_cpu().long_calls, 0)) {}
NoLongCalls::~NoLongCalls() { this_cpu().long_calls = before_; }

}  // namespace occlum::kernel
