// The kernel's per-vCPU state, found through the vCPU block.
#include "kernel/boot/vcpu.h"
#include "kernel/sched/cpu.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

// SAFETY: `cpu` is set once by attach_cpu() before any other kernel code runs on the vCPU, to an object that
// is never destroyed.
Cpu& this_cpu() { return *static_cast<Cpu*>(sfi::this_vcpu().cpu); }

void attach_cpu(Cpu& cpu) {
    sfi::init_vcpu_block(sfi::this_vcpu());
    sfi::this_vcpu().cpu = &cpu;
}

}  // namespace occlum::kernel
