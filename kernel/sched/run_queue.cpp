#include "kernel/sched/run_queue.h"

#include <algorithm>
#include <array>

#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr int kLeastNice = -20;
constexpr u64 kPlainWeight = 1 << 20;

/// By nice value, each 4/5 of the one before it.
constexpr std::array<u64, 40> kWeights = [] {
    std::array<u64, 40> weights{};
    constexpr size_t kPlain = 20;
    weights[kPlain] = kPlainWeight;
    for (size_t i = kPlain; i > 0; --i) weights[i - 1] = weights[i] * 5 / 4;
    for (size_t i = kPlain; i + 1 < weights.size(); ++i) weights[i + 1] = weights[i] * 4 / 5;
    return weights;
}();

/// What a sleep may gain.
constexpr u64 kMostBehindNs = 8'000'000;

bool is_weighted(const Task& task) { return task.scheduling.nice != 0 && rank_of(task) == kFairRank; }

}  // namespace

u64 weighted_ns(u64 ns, int nice) {
    const u64 weight = kWeights.at(static_cast<size_t>(nice - kLeastNice));
    constexpr u64 kLongest = 1'000'000'000'000;  // no overflow below
    return std::min(ns, kLongest) * kPlainWeight / weight;
}

u64 fair_ns_at(const Task& task, u64 now_ns) {
    return task.fair_ns + weighted_ns(now_ns - task.run_since_ns, task.scheduling.nice);
}

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

Rank rank_of(const Task& task) { return std::max(rank_of(task.scheduling), task.lent_rank); }

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
    if (task.just_woken && fair_floor_ns_ > kMostBehindNs)
        task.fair_ns = std::max(task.fair_ns, fair_floor_ns_ - kMostBehindNs);
    if (occlum::kernel::is_weighted(task)) ++weighted_;
    task.queued_as = ++pushes_;
    task.next_runnable = before ? before->next_runnable : first_;
    (before ? before->next_runnable : first_) = &task;
    if (last_ == before) last_ = &task;
    ++size_;
    publish_head();
}

template <typename Wanted>
Task* RunQueue::take(Wanted wanted) {
    Task *before = nullptr, *found = nullptr, *before_found = nullptr;
    for (Task* task = first_; task; before = task, task = task->next_runnable) {
        if (found && rank_of(*task) != rank_of(*found)) break;
        if (!wanted(*task) || (found && task->fair_ns >= found->fair_ns)) continue;
        found = task;
        before_found = before;
        if (weighted_ == 0 || rank_of(*found) != kFairRank) break;
    }
    if (!found) return nullptr;
    (before_found ? before_found->next_runnable : first_) = found->next_runnable;
    if (last_ == found) last_ = before_found;
    found->next_runnable = nullptr;
    --size_;
    if (occlum::kernel::is_weighted(*found)) --weighted_;
    if (rank_of(*found) == kFairRank) fair_floor_ns_ = std::max(fair_floor_ns_, found->fair_ns);
    publish_head();
    return found;
}

const Task* RunQueue::fairest(u32 cpu) const {
    const Task* best = nullptr;
    for (const Task* task = first_; task; task = task->next_runnable)
        if (rank_of(*task) == kFairRank && may_run_on(*task, cpu) && (!best || task->fair_ns < best->fair_ns))
            best = task;
    return best;
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
