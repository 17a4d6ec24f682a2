#include "kernel/sched/vcpu_state.h"

#include "kernel/sched/cpu.h"
#include "kernel/task/task.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

void load_guest_state(Task& task) {
    sfi::VcpuBlock& block = sfi::this_vcpu();
    load_segment_bases(task);
    if (!task.process().memory) return;
    const AddressSpace& space = *task.process().memory;
    // Not the base: another process may have got the same domain.
    if (std::exchange(this_cpu().loaded_space, space.number()) == space.number()) return;
    block.scratch = {};
    block.table = 0;
    sfi::set_domain(block, space.base());
}

void load_segment_bases(Task& task) {
    sfi::VcpuBlock& block = sfi::this_vcpu();
    block.guest_fs = task.guest_fs;
    block.guest_gs = task.guest_gs;
}

// Ticks come at any moment; one between the load and the store is dealt with by the caller all the same.
bool take_tick() {
    u64& mark = sfi::this_vcpu().preempted;
    if (__atomic_load_n(&mark, __ATOMIC_RELAXED) == 0) return false;
    __atomic_store_n(&mark, 0, __ATOMIC_RELAXED);
    return true;
}

void note_tick() { __atomic_store_n(&sfi::this_vcpu().preempted, 1, __ATOMIC_RELAXED); }

}  // namespace occlum::kernel
