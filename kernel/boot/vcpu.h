// Bringing up the kernel on a vCPU.
#pragma once

#include "kernel/sched/cpu.h"

namespace occlum::kernel {

/// Makes `cpu` what this_cpu() answers on this vCPU.
void attach_cpu(Cpu& cpu);

}  // namespace occlum::kernel
