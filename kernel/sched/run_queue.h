// Runnable tasks that do not run: one queue for all vCPUs, first in first out, so that everybody gets a turn.
// All under the kernel lock, but for head().
//
// A task that has just been woken is its waker's at first: in a ping-pong of two tasks the waker sleeps next,
// and moving the woken one to another vCPU would cost more than it does. It becomes everybody's when it has
// waited for some time (take_any()).
#pragma once

#include <atomic>

#include "base/types.h"

namespace occlum::kernel {

class Task;

class RunQueue {
public:
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// Behind all others, as a task of vCPU `cpu`.
    void push(Task& task, u32 cpu);
    /// The first task that vCPU `cpu` may run and that is its own; null: none.
    Task* take_own(u32 cpu);
    /// The first one that it may run, whosever it is.
    Task* take_any(u32 cpu);
    /// Whether take_any() would find one.
    bool has_any(u32 cpu) const;
    /// The first task; null: none.
    const Task* first() const { return first_; }

    /// A number for the first task's stay here, 0 when the queue is empty. May be read without the kernel
    /// lock.
    u64 head() const { return head_.load(std::memory_order_relaxed); }

private:
    template <typename Wanted>
    Task* take(Wanted wanted);
    void publish_head();

    Task* first_ = nullptr;
    Task* last_ = nullptr;
    size_t size_ = 0;
    u64 pushes_ = 0;
    std::atomic<u64> head_ = 0;
};

RunQueue& run_queue();

/// Whether `task`'s affinity allows it.
bool may_run_on(const Task& task, u32 cpu);

}  // namespace occlum::kernel
