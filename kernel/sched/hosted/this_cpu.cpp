// Host tests: a vCPU is a host thread.
#include "kernel/boot/vcpu.h"
#include "kernel/sched/cpu.h"

namespace occlum::kernel {

namespace {
thread_local Cpu own_cpu;
thread_local Cpu* attached = &own_cpu;
}  // namespace

Cpu& this_cpu() { return *attached; }
void attach_cpu(Cpu& cpu) { attached = &cpu; }

}  // namespace occlum::kernel
