// Host tests run no guest code.
#include "kernel/sched/vcpu_state.h"

namespace occlum::kernel {

void load_guest_state(Task&) {}
void load_segment_bases(Task&) {}

}  // namespace occlum::kernel
