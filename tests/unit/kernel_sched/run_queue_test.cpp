// The run queue against a plain list that does the same.
#include "kernel/sched/run_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kCpus = 3;

struct Waiting {
    Task* task;
    u32 cpu;
};

void insert(std::vector<Waiting>& list, Waiting waiting, bool before_equals) {
    const Rank rank = rank_of(*waiting.task);
    const auto place = std::ranges::find_if(list, [&](const Waiting& other) {
        return before_equals ? rank_of(*other.task) <= rank : rank_of(*other.task) < rank;
    });
    list.insert(place, waiting);
}

Scheduling some_scheduling(std::mt19937& random) {
    switch (random() % 4) {
        case 0:
            return {.policy = Policy::Fifo, .priority = 1 + static_cast<u32>(random() % 3)};
        case 1:
            return {.policy = Policy::Idle};
        default:
            return {};
    }
}

template <typename Wanted>
Task* take_first(std::vector<Waiting>& list, Wanted wanted) {
    const auto found = std::ranges::find_if(list, wanted);
    if (found == list.end()) return nullptr;
    Task* task = found->task;
    list.erase(found);
    return task;
}

Ref<Task> new_task(u32 tid) {
    const auto who = make_ref<SharedCredentials>(Credentials());
    return make_ref<Task>(tid, make_ref<Process>(tid, who), who, KernelStack());
}

TEST(RunQueue, DoesWhatAListDoes) {
    std::mt19937 random(7);
    std::vector<Ref<Task>> tasks;
    for (u32 n = 0; n < 20; ++n) {
        tasks.push_back(new_task(n + 1));
        tasks.back()->affinity = 1 + random() % ((1 << kCpus) - 1);
    }
    std::vector<Task*> idle;
    for (auto& task : tasks) idle.push_back(task.get());
    RunQueue queue;
    std::vector<Waiting> list;
    for (int step = 0; step < 20000; ++step) {
        const u32 cpu = random() % kCpus;
        const auto allowed = [&](const Waiting& waiting) { return may_run_on(*waiting.task, cpu); };
        const auto own = [&](const Waiting& waiting) {
            return (waiting.cpu == cpu || rank_of(*waiting.task) > kFairRank) && allowed(waiting);
        };
        const auto fair = [&](const Waiting& waiting) {
            return rank_of(*waiting.task) <= kFairRank && allowed(waiting);
        };
        EXPECT_EQ(queue.has_any(cpu), std::ranges::any_of(list, allowed));
        Task *got = nullptr, *wanted = nullptr;
        const u32 choice = random() % 7;
        if (choice <= 1 && !idle.empty()) {
            Task* task = idle.back();
            idle.pop_back();
            task->scheduling = some_scheduling(random);
            choice == 0 ? queue.push(*task, cpu) : queue.push_first(*task, cpu);
            insert(list, {task, cpu}, choice == 1);
        } else if (choice == 2) {
            got = queue.take_own(cpu);
            wanted = take_first(list, own);
        } else if (choice == 3) {
            got = queue.take_up_to(kFairRank, cpu);
            wanted = take_first(list, fair);
        } else if (choice == 4) {
            Task* task = tasks[random() % tasks.size()].get();
            wanted = take_first(list, [&](const Waiting& waiting) { return waiting.task == task; });
            got = queue.remove(*task) ? task : nullptr;
        } else {
            got = queue.take_any(cpu);
            wanted = take_first(list, allowed);
        }
        ASSERT_EQ(got, wanted);
        if (got) idle.insert(idle.begin() + static_cast<long>(random() % (idle.size() + 1)), got);
        ASSERT_EQ(queue.size(), list.size());
        ASSERT_EQ(queue.first(), list.empty() ? nullptr : list.front().task);
        ASSERT_EQ(queue.last(), list.empty() ? nullptr : list.back().task);
        ASSERT_EQ(queue.head() == 0, list.empty());
    }
}

TEST(RunQueue, TheHeadChangesWithItsTask) {
    const auto a = new_task(1);
    RunQueue queue;
    queue.push(*a, 0);
    const u64 first = queue.head();
    EXPECT_EQ(queue.take_own(0), a.get());
    queue.push(*a, 0);
    EXPECT_NE(queue.head(), first);
    EXPECT_EQ(queue.take_any(0), a.get());
}

}  // namespace
}  // namespace occlum::kernel
