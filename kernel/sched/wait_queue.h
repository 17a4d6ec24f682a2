// Blocking. A task waits on one or more queues; whoever changes the state that they guard wakes them.
// All under the kernel lock, which block() releases while the task sleeps; there are no lost wake-ups because
// a waiter registers before it checks its condition.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"

namespace occlum::kernel {

class Task;
class WaitQueue;

/// Is told of every wake-up, at once. It may change nothing about the queue that tells it.
class WaitObserver {
public:
    virtual void queue_woken() = 0;

protected:
    ~WaitObserver() = default;
};

/// One registration of a task or an observer on a queue. Unlinks itself when destroyed.
class WaitEntry {
public:
    WaitEntry(WaitQueue& queue, Task& task);
    WaitEntry(WaitQueue& queue, WaitObserver& observer);
    ~WaitEntry();
    WaitEntry(const WaitEntry&) = delete;
    WaitEntry& operator=(const WaitEntry&) = delete;
    bool is_on(const WaitQueue& queue) const { return queue_ == &queue; }

private:
    friend class WaitQueue;
    void append();
    WaitQueue* queue_;
    Task* task_ = nullptr;
    WaitObserver* observer_ = nullptr;
    WaitEntry* next_ = nullptr;
    WaitEntry* previous_ = nullptr;
};

class WaitQueue {
public:
    WaitQueue() = default;
    ~WaitQueue();  // detaches waiters that are left
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    void wake_all();
    /// Wakes the task that waits longest; false when there is none.
    bool wake_one();
    bool empty() const { return first_ == nullptr; }
    /// How often it was woken, by anybody: edge-triggered epoll compares.
    u64 wake_count() const { return wake_count_; }

private:
    friend class WaitEntry;
    WaitEntry* first_ = nullptr;
    WaitEntry* last_ = nullptr;
    u64 wake_count_ = 0;
};

/// Sleeps until the current task is woken, its deadline (monotonic ns) passes, or a signal is pending.
/// Ok: woken (perhaps spuriously). ETIMEDOUT. ERESTARTSYS: a signal wants delivery (interruptible sleeps
/// only).
enum class Sleep : u8 { Interruptible, Uninterruptible };
Result<void> block(std::optional<u64> deadline_ns, Sleep sleep = Sleep::Interruptible);

/// Blocks on `queue` until `condition()` holds.
template <typename Condition>
Result<void> wait_until(WaitQueue& queue, Condition condition, std::optional<u64> deadline_ns = std::nullopt,
                        Sleep sleep = Sleep::Interruptible);

}  // namespace occlum::kernel

#include "kernel/sched/wait_until.inl"
