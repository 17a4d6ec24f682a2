// vCPUs without work: how they wait, and how they are found when there is some.
//
// An idle vCPU watches the run queue for some microseconds while others are busy, then parks in the host. Of
// the parked ones, the watcher also waits for the next timer and for the host's descriptors; when there is
// none, or it would wait too long, busy vCPUs have ticks for that.
#pragma once

#include "kernel/sched/cpu.h"
#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

class Task;

/// The next task for a vCPU that has just nothing to do; null: parked meanwhile, so look at everything anew.
Task* wait_for_work(Cpu& cpu) OCCLUM_REQUIRES(kernel_lock);

/// A timer or a descriptor needs the busy vCPUs' attention.
bool events_need_ticks();
/// Some other vCPU is idle.
bool others_idle();
/// Wakes a parked vCPU that may run something of the queue; false when there is none.
bool kick_idle_cpu();
/// Most of the time of those that are busy goes to the kernel, of which there is one at a time.
bool is_mostly_in_kernel();
/// At each entry into guest code while tasks wait: lets a parked vCPU have them, if they have waited long
/// enough.
void offer_work();
/// This idle vCPU will be away for some time: another one looks after timers and the host's descriptors.
void wake_other_watchers();
/// A task that may not run here was put into the queue: tells a vCPU where it may.
void hand_over(const Task& task, Cpu& to);
/// The vCPU that a task with this affinity should go to: a parked one, if possible.
Cpu& place_for(const Task& task);

}  // namespace occlum::kernel
