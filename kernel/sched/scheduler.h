// Which task runs where; all under the kernel lock.
#pragma once

#include "base/result.h"
#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

class Process;
class Task;
struct Scheduling;

/// Readies a new task: it starts in `entry` on its own stack when its turn comes.
void start_task(Task& task, void (*entry)());
/// Ends a sleep, or the next one before it begins.
void wake(Task& task);
/// Ends a sleep without a wake-up to report: deadlines. Nothing when the task does not sleep.
void interrupt_sleep(Task& task);
/// The same for signals: only when the sleep is interruptible. A task that runs elsewhere comes into the
/// kernel.
void interrupt_for_signal(Task& task);
/// Sleeps; block() is the way in for everybody else.
void sleep_until_woken(bool interruptible);
/// Lets the other runnable tasks of its rank, and of higher ones, run first.
void yield_cpu();
/// The current task never runs again. Its last reference is dropped on another stack.
[[noreturn]] void leave_cpu_for_ever();
/// First thing on a new task's stack.
void finish_switch();

/// A vCPU's own loop: runs tasks, and waits in the host when there are none. Takes the kernel lock.
[[noreturn]] void run_cpu() OCCLUM_ACQUIRE(kernel_lock);

/// Before guest code is entered: a task of a higher rank goes first at once; one that was woken and has
/// waited for some such entries, so that one that makes many calls does not keep those it wakes waiting for a
/// whole slice.
void give_way_to_woken();
/// Before guest code is entered: asks the host for ticks when anything needs them.
void arrange_tick();
/// After a tick: runs timers, looks at the host's descriptors, gives way to other tasks.
void handle_tick();

/// Changes a task's policy, and with it its place.
void set_scheduling(Task& task, const Scheduling& wanted);
/// The task goes before others as one of this rank, if its own is lower (run_queue.h).
void lend_rank(Task& task, u32 rank);
/// The affinity of `task` has changed: it goes where it may run.
void apply_affinity(Task& task);

/// The current task's address space has changed (execve): makes it the vCPU's.
void load_address_space(Task& task);

/// What has happened, for the statistics.
struct SchedulerStats {
    u64 switches = 0, ticks = 0, waits = 0;
};
const SchedulerStats& scheduler_stats();
void count_wait();

}  // namespace occlum::kernel
