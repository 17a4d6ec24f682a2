#include "kernel/sched/wait_queue.h"

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/signal/signal.h"
#include "kernel/task/task.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

namespace {

/// Ends a sleep at its deadline.
class SleepTimer : public Timer {
public:
    explicit SleepTimer(Task& task) : task_(task) {}
    bool fired() const { return fired_; }

protected:
    void expired(u64) override {
        fired_ = true;
        interrupt_sleep(task_);
    }

private:
    Task& task_;
    bool fired_ = false;
};

}  // namespace

WaitEntry::WaitEntry(WaitQueue& queue, Task& task) : queue_(&queue), task_(&task) { append(); }
WaitEntry::WaitEntry(WaitQueue& queue, WaitObserver& observer) : queue_(&queue), observer_(&observer) {
    append();
}

void WaitEntry::append() {
    previous_ = queue_->last_;
    (previous_ ? previous_->next_ : queue_->first_) = this;
    queue_->last_ = this;
}

WaitEntry::~WaitEntry() {
    if (!queue_) return;
    (previous_ ? previous_->next_ : queue_->first_) = next_;
    (next_ ? next_->previous_ : queue_->last_) = previous_;
}

WaitQueue::~WaitQueue() {
    for (WaitEntry* entry = first_; entry;) {
        WaitEntry* next = entry->next_;
        entry->queue_ = nullptr;
        entry->next_ = entry->previous_ = nullptr;
        entry = next;
    }
}

void WaitQueue::wake_all() {
    ++wake_count_;
    for (WaitEntry* entry = first_; entry; entry = entry->next_) {
        if (entry->observer_)
            entry->observer_->queue_woken();
        else
            wake(*entry->task_);
    }
}

bool WaitQueue::wake_one() {
    ++wake_count_;
    // Entries stay until their owners remove them, so those that were woken before are passed over.
    for (WaitEntry* entry = first_; entry; entry = entry->next_) {
        if (entry->observer_) {
            entry->observer_->queue_woken();
            continue;
        }
        if (entry->task_->woken) continue;
        wake(*entry->task_);
        return true;
    }
    return false;
}

Result<void> block(std::optional<u64> deadline_ns, Sleep sleep) {
    Task& task = current_task();
    const bool interruptible = sleep == Sleep::Interruptible;
    if (std::exchange(task.woken, false)) return {};
    if (interruptible && signal_pending(task)) return err(Errno::Erestartsys);
    SleepTimer timer(task);
    if (deadline_ns) {
        if (*deadline_ns <= enclave::monotonic_ns()) return err(Errno::Etimedout);
        timer.arm(*deadline_ns);
    }
    sleep_until_woken(interruptible);
    if (std::exchange(task.woken, false)) return {};
    if (timer.fired()) return err(Errno::Etimedout);
    if (interruptible && signal_pending(task)) return err(Errno::Erestartsys);
    return {};
}

}  // namespace occlum::kernel
