#include "kernel/sched/vcpu_state.h"

#include "kernel/task/task.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

void load_guest_state(Task& task) {
    sfi::VcpuBlock& block = sfi::this_vcpu();
    load_segment_bases(task);
    if (!task.process().memory) return;
    const u64 base = task.process().memory->base();
    if (block.base == base) return;
    block.scratch = {};
    block.table = 0;
    sfi::set_domain(block, base);
}

void load_segment_bases(Task& task) {
    sfi::VcpuBlock& block = sfi::this_vcpu();
    block.guest_fs = task.guest_fs;
    block.guest_gs = task.guest_gs;
}

}  // namespace occlum::kernel
