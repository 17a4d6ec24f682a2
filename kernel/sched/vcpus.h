// The vCPUs, and how one of them gets the others out of guest code.
//
//   in the kernel ── begin_guest (lock held; lets it go) ──> in guest code
//        ^                                                       │ a stub, a fault, a tick, an interruption
//        └────────── end_guest (then takes the lock) <───────────┘
//
// A vCPU enters guest code only with the kernel lock in its hands, and has left it before it asks for the
// lock again. So whoever holds the lock and has seen a vCPU out of guest code knows that it stays out until
// the lock is let go; and waiting for that with the lock held cannot deadlock, as leaving guest code needs no
// lock.
//
// Interrupting is the host's work (a signal to the vCPU's thread, hence an asynchronous exit); a host that
// does not do it denies service, no more. enter_guest() misses no interruption that came before the first
// guest instruction (sfi/gate).
#pragma once

#include "kernel/sched/cpu.h"
#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

/// The running vCPU takes part from now on.
void add_cpu(Cpu& cpu) OCCLUM_REQUIRES(kernel_lock);
/// Those that take part, in the order of their arrival.
std::span<Cpu* const> all_cpus();

/// Around guest code of `space`.
void begin_guest(Cpu& cpu, const AddressSpace& space) OCCLUM_RELEASE(kernel_lock);
void end_guest(Cpu& cpu) OCCLUM_ACQUIRE(kernel_lock);

/// Makes a vCPU leave guest code soon, if it is there. Does not wait.
void interrupt_cpu(Cpu& cpu);
/// The same for the vCPU that runs `task`, unless that is the caller's: the task looks at its signals, at
/// must_exit and at the run queue then.
void interrupt_task(const Task& task);

/// When these return, no other vCPU is in guest code of the space (of any space), and none gets there before
/// the kernel lock is let go. The contexts of the tasks concerned are filed, perhaps raw.
void stop_guests_of(const AddressSpace& space);
void stop_all_guests();

}  // namespace occlum::kernel
