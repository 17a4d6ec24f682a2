// Host tests run no guest code.
#include "kernel/sched/vcpu_state.h"

#include "kernel/sched/cpu.h"

namespace occlum::kernel {

void load_guest_state(Task&) {}
void load_segment_bases(Task&) {}
bool take_tick() { return false; }
void note_tick() {}

}  // namespace occlum::kernel
