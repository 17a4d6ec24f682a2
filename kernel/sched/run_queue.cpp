#include "kernel/sched/run_queue.h"

#include "kernel/task/task.h"

namespace occlum::kernel {

RunQueue& run_queue() {
    static constinit RunQueue queue;
    return queue;
}

bool may_run_on(const Task& task, u32 cpu) { return (task.affinity >> cpu) & 1; }

void RunQueue::push(Task& task, u32 cpu) {
    task.next_runnable = nullptr;
    task.queued_by = cpu;
    task.queued_as = ++pushes_;
    (last_ ? last_->next_runnable : first_) = &task;
    last_ = &task;
    ++size_;
    publish_head();
}

template <typename Wanted>
Task* RunQueue::take(Wanted wanted) {
    Task* before = nullptr;
    for (Task* task = first_; task; before = task, task = task->next_runnable) {
        if (!wanted(*task)) continue;
        (before ? before->next_runnable : first_) = task->next_runnable;
        if (last_ == task) last_ = before;
        task->next_runnable = nullptr;
        --size_;
        publish_head();
        return task;
    }
    return nullptr;
}

Task* RunQueue::take_own(u32 cpu) {
    return take([cpu](const Task& task) { return task.queued_by == cpu && may_run_on(task, cpu); });
}

Task* RunQueue::take_any(u32 cpu) {
    return take([cpu](const Task& task) { return may_run_on(task, cpu); });
}

bool RunQueue::has_any(u32 cpu) const {
    for (const Task* task = first_; task; task = task->next_runnable)
        if (may_run_on(*task, cpu)) return true;
    return false;
}

void RunQueue::publish_head() { head_.store(first_ ? first_->queued_as : 0, std::memory_order_relaxed); }

}  // namespace occlum::kernel
