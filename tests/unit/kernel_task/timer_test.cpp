// The timer queue, and numbers of processes.
#include "kernel/time/timer.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernel/syscall/table.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

class Recorder : public Timer {
public:
    Recorder(std::vector<int>& log, int name, u64 repeat = 0) : log_(log), name_(name), repeat_(repeat) {}

protected:
    void expired(u64 now_ns) override {
        log_.push_back(name_);
        if (repeat_ != 0) arm(now_ns + repeat_);
    }

private:
    std::vector<int>& log_;
    int name_;
    u64 repeat_;
};

TEST(TimerQueue, RunsInOrderOfDeadlines) {
    std::vector<int> log;
    Recorder late(log, 3), early(log, 1), middle(log, 2);
    late.arm(30);
    early.arm(10);
    middle.arm(20);
    EXPECT_EQ(timer_queue().next_deadline_ns(), 10u);
    timer_queue().run(20);
    EXPECT_EQ(log, (std::vector{1, 2}));
    EXPECT_FALSE(early.armed());
    EXPECT_TRUE(late.armed());
}

TEST(TimerQueue, RearmingReplacesAndDestructionDisarms) {
    std::vector<int> log;
    {
        Recorder timer(log, 1);
        timer.arm(10);
        timer.arm(50);
        timer_queue().run(20);
        EXPECT_TRUE(log.empty());
    }
    EXPECT_FALSE(timer_queue().next_deadline_ns());
}

TEST(TimerQueue, ATimerMayArmItselfAgain) {
    std::vector<int> log;
    Recorder timer(log, 7, 10);
    timer.arm(5);
    timer_queue().run(5);
    timer_queue().run(14);
    timer_queue().run(15);
    EXPECT_EQ(log.size(), 2u);
    EXPECT_EQ(timer.deadline_ns(), 25u);
}

TEST(PidTable, NumbersAscendAndProcessesAreFound) {
    PidTable table;
    const u32 first = *table.allocate(), second = *table.allocate();
    EXPECT_EQ(first, 1u);
    EXPECT_EQ(second, 2u);
    auto process = make_ref<Process>(second, make_ref<SharedCredentials>(Credentials()));
    process->group = 7;
    table.add(*process);
    EXPECT_EQ(table.process(second).get(), process.get());
    EXPECT_FALSE(table.process(first));
    EXPECT_TRUE(table.group_exists(7));
    table.remove(*process);
    EXPECT_FALSE(table.process(second));
    EXPECT_EQ(process->ref_count(), 1u);
}

TEST(SyscallTable, IsSortedAndComplete) {
    u16 previous = 0;
    for (const SyscallEntry& entry : syscall_table()) {
        if (entry.number != 0) EXPECT_GT(entry.number, previous) << entry.name;
        previous = entry.number;
        EXPECT_EQ(find_syscall(entry.number), &entry);
        EXPECT_EQ(entry.handler == nullptr, entry.support == Support::Absent) << entry.name;
        EXPECT_EQ(entry.support == Support::Full, std::string_view(entry.missing).empty()) << entry.name;
        EXPECT_LE(std::string_view(entry.arguments).size(), 6u) << entry.name;
    }
    EXPECT_EQ(find_syscall(1000), nullptr);
    EXPECT_EQ(find_syscall(~u64{0}), nullptr);
}

}  // namespace
}  // namespace occlum::kernel
