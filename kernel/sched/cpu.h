// What the kernel keeps for each vCPU. All of it belongs to the vCPU itself but for what is marked: the
// kernel lock guards that part.
#pragma once

#include <array>
#include <atomic>
#include <span>

#include "abi/thread_layout.h"
#include "base/ref.h"
#include "base/types.h"
#include "enclave/upcalls.h"

namespace occlum::kernel {

class AddressSpace;
class Task;

struct Cpu {
    u32 number = 0;
    Task* current = nullptr;     ///< null while idle. Others may read it under the kernel lock
    Task* vectors_of = nullptr;  ///< whose vector registers the CPU holds, perhaps out of date
    u64 idle_sp = 0;             ///< of the idle loop, while a task runs
    Task* ended = nullptr;       ///< a task that has just left for ever; its stack is free after the switch
    u64 passed_by = 0;           ///< the run queue's head that this vCPU left waiting …
    u32 passes = 0;              ///< … so often
    u32 long_calls = 0;          ///< of the running task: parts that allow long calls, one in another
    u64 loaded_space = 0;        ///< AddressSpace::number() of the domain that guest code would see
    enclave::ExceptionFrame exception{};

    // For --profile (kernel/profile), this vCPU's own and the handler's of its ticks.
    std::atomic<u64> doing{0};
    bool sampled = false;  ///< has sampling ticks
    /// The scheduler's ticks as numbers of sampling ticks: their period (0: none), until the next one.
    std::atomic<u32> ticks_between{0}, ticks_left{0};

    // Under the kernel lock, for all vCPUs.
    u64 tick_period_ns = 0;  ///< as the host was told; 0: none
    /// Whose guest code the vCPU may be in: set under the kernel lock, cleared without it. Null: none.
    std::atomic<const AddressSpace*> guest_of = nullptr;
    bool interrupted = false;  ///< the host was asked to interrupt the present stay in guest code
    u64 guest_cycles = 0;      ///< in guest code, in all
    u64 share_since_cycles = 0, share_since_guest = 0;  ///< idle.cpp only: where its present window began
    bool parked = false;                                ///< waits in the host for a kick
    bool kicked = false;                                ///< has been sent one
};

Cpu& this_cpu();

/// Whether a tick or an interruption by another vCPU has come since the last call.
bool take_tick();
/// Makes the next take_tick() true.
void note_tick();

}  // namespace occlum::kernel
