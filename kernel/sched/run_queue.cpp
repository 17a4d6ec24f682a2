#include "kernel/sched/run_queue.h"

#include "kernel/task/task.h"

namespace occlum::kernel {

RunQueue& run_queue() {
    static constinit RunQueue queue;
    return queue;
}

bool may_run_on(const Task& task, u32 cpu) { return (task.affinity >> cpu) & 1; }

Rank rank_of(const Scheduling& scheduling) {
    constexpr Rank kHighestPriority = 99;
    switch (scheduling.policy) {
        case Policy::Idle:
            return kIdleRank;
        case Policy::Other:
        case Policy::Batch:
            return kFairRank;
        case Policy::Fifo:
        case Policy::RoundRobin:
            return kFairRank + scheduling.priority;
        case Policy::Deadline:
            return kFairRank + kHighestPriority + 1;
    }
    return kFairRank;
}

Rank rank_of(const Task& task) { return rank_of(task.scheduling); }

void RunQueue::push(Task& task, u32 cpu) {
    const Rank rank = rank_of(task);
    Task* before = nullptr;
    if (last_ && rank_of(*last_) >= rank) {
        before = last_;
    } else {
        for (Task* other = first_; other && rank_of(*other) >= rank; other = other->next_runnable)
            before = other;
    }
    insert(task, cpu, before);
}

void RunQueue::push_first(Task& task, u32 cpu) {
    const Rank rank = rank_of(task);
    Task* before = nullptr;
    for (Task* other = first_; other && rank_of(*other) > rank; other = other->next_runnable) before = other;
    insert(task, cpu, before);
}

void RunQueue::insert(Task& task, u32 cpu, Task* before) {
    task.queued_by = cpu;
    task.queued_as = ++pushes_;
    task.next_runnable = before ? before->next_runnable : first_;
    (before ? before->next_runnable : first_) = &task;
    if (last_ == before) last_ = &task;
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
    return take([cpu](const Task& task) {
        return (task.queued_by == cpu || rank_of(task) > kFairRank) && may_run_on(task, cpu);
    });
}

Task* RunQueue::take_any(u32 cpu) {
    return take([cpu](const Task& task) { return may_run_on(task, cpu); });
}

Task* RunQueue::take_up_to(Rank most, u32 cpu) {
    return take([=](const Task& task) { return rank_of(task) <= most && may_run_on(task, cpu); });
}

bool RunQueue::remove(const Task& task) {
    return take([&](const Task& other) { return &other == &task; }) != nullptr;
}

std::optional<Rank> RunQueue::best_rank(u32 cpu) const {
    for (const Task* task = first_; task; task = task->next_runnable)
        if (may_run_on(*task, cpu)) return rank_of(*task);
    return std::nullopt;
}

void RunQueue::publish_head() { head_.store(first_ ? first_->queued_as : 0, std::memory_order_relaxed); }

}  // namespace occlum::kernel
