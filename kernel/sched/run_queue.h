// Runnable tasks that do not run: one queue for all vCPUs, by rank and, among equals, first in first out, so
// that everybody gets a turn. All under the kernel lock, but for head().
//
// While somebody in the queue is nice, or the opposite, who has had least goes first among SCHED_OTHER's
// tasks. Each has a fair time, which runs the faster the nicer it is (CFS's idea). Who comes back from a
// sleep is at most a moment behind the others.
//
// A task that has just been woken is its waker's at first: in a ping-pong of two tasks the waker sleeps next,
// and moving the woken one to another vCPU would cost more than it does. It becomes everybody's when it has
// waited for some time (take_any()).
#pragma once

#include <atomic>
#include <optional>

#include "base/types.h"

namespace occlum::kernel {

class Task;
struct Scheduling;

/// Who goes first (sched(7)). A queued task's rank does not change: set_scheduling() takes it out for that.
using Rank = u32;
inline constexpr Rank kIdleRank = 0;  ///< SCHED_IDLE
inline constexpr Rank kFairRank = 1;  ///< SCHED_OTHER, SCHED_BATCH; the real-time policies are above
Rank rank_of(const Scheduling& scheduling);
Rank rank_of(const Task& task);  ///< its own, or one lent to it

/// What `ns` of running count for a task with this nice value: a step is a quarter more, or a fifth less.
u64 weighted_ns(u64 ns, int nice);
/// The task's fair time when it has run since `run_since_ns` until now.
u64 fair_ns_at(const Task& task, u64 now_ns);

class RunQueue {
public:
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// Nice values make a difference now.
    bool is_weighted() const { return weighted_ != 0; }
    /// The least fair time of those that vCPU `cpu` may run, of the fair rank; null: none.
    const Task* fairest(u32 cpu) const;
    /// Behind its equals, as a task of vCPU `cpu`.
    void push(Task& task, u32 cpu);
    /// Before its equals: its turn was cut short.
    void push_first(Task& task, u32 cpu);
    /// False: it was not here.
    bool remove(const Task& task);
    /// The first task that vCPU `cpu` may run and that is its own or has a real-time policy; null: none.
    Task* take_own(u32 cpu);
    /// The first one that it may run, whosever it is.
    Task* take_any(u32 cpu);
    /// The first one that it may run and that is of no higher rank.
    Task* take_up_to(Rank most, u32 cpu);
    /// Whether take_any() would find one.
    bool has_any(u32 cpu) const { return best_rank(cpu).has_value(); }
    /// The rank of what it would find.
    std::optional<Rank> best_rank(u32 cpu) const;
    /// The first task; null: none.
    const Task* first() const { return first_; }
    const Task* last() const { return last_; }

    /// A number for the first task's stay here, 0 when the queue is empty. May be read without the kernel
    /// lock.
    u64 head() const { return head_.load(std::memory_order_relaxed); }

private:
    template <typename Wanted>
    Task* take(Wanted wanted);
    void insert(Task& task, u32 cpu, Task* before);
    void publish_head();

    Task* first_ = nullptr;
    Task* last_ = nullptr;
    size_t size_ = 0;
    size_t weighted_ = 0;    ///< with a nice value other than 0
    u64 fair_floor_ns_ = 0;  ///< the greatest fair time of a task taken out
    u64 pushes_ = 0;
    std::atomic<u64> head_ = 0;
};

RunQueue& run_queue();

/// Whether `task`'s affinity allows it.
bool may_run_on(const Task& task, u32 cpu);

}  // namespace occlum::kernel
