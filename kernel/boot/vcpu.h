// Bringing up the kernel on a vCPU.
#pragma once

#include "kernel/sched/cpu.h"

namespace occlum::kernel {

/// Readies this vCPU's block for guest code, and makes `cpu` what this_cpu() answers on it.
void attach_cpu(Cpu& cpu);

}  // namespace occlum::kernel
