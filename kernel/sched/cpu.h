// What the kernel keeps for each vCPU. Only the vCPU itself touches it, so no lock.
#pragma once

#include "base/ref.h"
#include "base/types.h"
#include "enclave/upcalls.h"

namespace occlum::kernel {

class Task;

struct Cpu {
    u32 number = 0;
    Task* current = nullptr;     ///< null while idle
    Task* vectors_of = nullptr;  ///< whose vector registers the CPU holds, perhaps out of date
    u64 idle_sp = 0;             ///< of the idle loop, while a task runs
    Task* ended = nullptr;       ///< a task that has just left for ever; its stack is free after the switch
    u64 tick_period_ns = 0;      ///< as the host was told; 0: none
    bool tick_seen = false;      ///< a tick came since the last look
    enclave::ExceptionFrame exception{};
};

Cpu& this_cpu();

}  // namespace occlum::kernel
