// Wait queues with real kernel stacks. The test's own thread is a task, too, so that there is always one to
// go back to.
#include <gtest/gtest.h>

#include <vector>

#include "enclave/host.h"
#include "kernel/sched/cpu.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/turn.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

std::vector<int> events;
WaitQueue queue;
int tokens = 0;

Ref<Task> new_task(u32 tid) {
    const auto who = make_ref<SharedCredentials>(Credentials());
    auto task = make_ref<Task>(tid, make_ref<Process>(tid, who), who, *KernelStack::create());
    task->process().actions = make_ref<SignalActions>();
    task->process().tasks.push_back(task.get());
    return task;
}

class WaitQueues : public testing::Test {
protected:
    WaitQueues() : main_(new_task(1)) {
        kernel_lock.acquire();
        this_cpu().current = main_.get();
        main_->state = TaskState::Running;
        events.clear();
        tokens = 0;
    }
    ~WaitQueues() override {
        this_cpu().current = nullptr;
        kernel_lock.release();
    }
    /// Starts a task that gives up its own reference at the end, as all do.
    Ref<Task> start(u32 tid, void (*entry)()) {
        auto task = new_task(tid);
        task->ref();
        start_task(*task, entry);
        return task;
    }
    /// Lets every runnable task run until it sleeps or ends.
    void run_others() {
        for (int i = 0; i < 20; ++i) yield_cpu();
    }
    Ref<Task> main_;
};

void take_token() {
    finish_switch();
    const bool got = wait_until(queue, [] { return tokens > 0; }).has_value();
    if (got) --tokens;
    events.push_back(static_cast<int>(current_task().tid) * (got ? 1 : -1));
    leave_cpu_for_ever();
}

TEST_F(WaitQueues, WakeOneWakesTheLongestWaiting) {
    const auto a = start(11, take_token), b = start(12, take_token);
    run_others();
    EXPECT_TRUE(events.empty());
    tokens = 1;
    EXPECT_TRUE(queue.wake_one());
    run_others();
    EXPECT_EQ(events, (std::vector{11}));
    tokens = 1;
    EXPECT_TRUE(queue.wake_one());
    run_others();
    EXPECT_EQ(events, (std::vector{11, 12}));
    EXPECT_FALSE(queue.wake_one());
    EXPECT_TRUE(queue.empty());
}

TEST_F(WaitQueues, WakeAllWakesEverybodyButConditionsDecide) {
    const auto a = start(11, take_token), b = start(12, take_token), c = start(13, take_token);
    run_others();
    tokens = 2;
    queue.wake_all();
    run_others();
    EXPECT_EQ(events, (std::vector{11, 12}));
    tokens = 1;
    queue.wake_all();
    run_others();
    EXPECT_EQ(events.size(), 3u);
}

TEST_F(WaitQueues, ASignalEndsAnInterruptibleSleep) {
    const auto a = start(11, take_token);
    run_others();
    send_signal(*a, SigInfo::kernel(kSigTerm));
    run_others();
    EXPECT_EQ(events, (std::vector{-11}));
}

TEST_F(WaitQueues, ABlockedSignalDoesNot) {
    const auto a = start(11, take_token);
    a->blocked = SigSet::of(kSigTerm);
    run_others();
    send_signal(*a, SigInfo::kernel(kSigTerm));
    run_others();
    EXPECT_TRUE(events.empty());
    tokens = 1;
    queue.wake_all();
    run_others();
    EXPECT_EQ(events, (std::vector{11}));
}

TEST_F(WaitQueues, PastDeadlinesTimeOutAtOnce) {
    const auto slept = block(enclave::monotonic_ns() - 1);
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error(), Errno::Etimedout);
}

TEST_F(WaitQueues, AWakeUpBeforeTheSleepIsNotLost) {
    wake(*main_);
    EXPECT_TRUE(block(std::nullopt));
}

Turn turn;

void take_turn() {
    finish_switch();
    {
        const OwnTurn mine(&turn);
        const int number = static_cast<int>(current_task().tid);
        events.push_back(number);
        static_cast<void>(wait_until(queue, [] { return tokens > 0; }));
        --tokens;
        events.push_back(-number);
    }
    leave_cpu_for_ever();
}

TEST_F(WaitQueues, TurnsGoOn) {
    auto first = start(2, take_turn), second = start(3, take_turn);
    run_others();
    EXPECT_EQ(events, (std::vector{2}));
    EXPECT_FALSE(turn.try_take());
    tokens = 1;
    queue.wake_all();
    run_others();
    EXPECT_EQ(events, (std::vector{2, -2, 3}));
    tokens = 1;
    queue.wake_all();
    run_others();
    EXPECT_EQ(events, (std::vector{2, -2, 3, -3}));
    EXPECT_TRUE(turn.try_take());
    turn.leave();
}

}  // namespace
}  // namespace occlum::kernel
