// Turns on several vCPUs: what is changed in turn is never changed by two, although the lock is left
// meanwhile.
#include "kernel/sched/turn.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "enclave/host.h"
#include "kernel/boot/vcpu.h"
#include "kernel/sched/cpu.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kCpus = 3;
constexpr int kRounds = 3000;

struct Kept {
    Turn turn;
    u64 in_turn = 0;  // changed without the lock, by whoever has the turn
    u64 in_lock = 0;  // changed with the lock
};

void be_vcpu(Kept& kept, u32 number) {
    static std::array<Cpu, kCpus> cpus;
    Cpu& cpu = cpus[number];
    cpu.number = number;
    attach_cpu(cpu);
    const auto who = make_ref<SharedCredentials>(Credentials());
    auto task = make_ref<Task>(number + 1, make_ref<Process>(number + 1, who), who, KernelStack());
    kernel_lock.acquire();
    cpu.current = task.get();
    for (int done = 0; done < kRounds;) {
        if (!kept.turn.try_take()) {
            EXPECT_FALSE(kept.turn.mine());
            kernel_lock.release();
            std::this_thread::yield();
            kernel_lock.acquire();
            continue;
        }
        ++done;
        ++kept.in_lock;
        const OwnTurn again(&kept.turn);  // one inside another
        const u64 before = kept.in_turn;
        const u64 tenure = kernel_lock.tenure();
        const u64 after = kept.turn.at_host([&] {
            if (done % 16 == 0) std::this_thread::yield();
            return ++kept.in_turn;
        });
        EXPECT_EQ(after, before + 1);
        EXPECT_NE(kernel_lock.tenure(), tenure);
        EXPECT_TRUE(kept.turn.mine());
        kept.turn.leave();
    }
    cpu.current = nullptr;
    kernel_lock.release();
}

TEST(Turn, IsOnesAtATime) {
    (void)enclave::host_wait(0, {});  // makes what the threads share
    Kept kept;
    std::vector<std::thread> threads;
    for (u32 number = 0; number < kCpus; ++number)
        threads.emplace_back([&kept, number] { be_vcpu(kept, number); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(kept.in_turn, u64{kCpus} * kRounds);
    EXPECT_EQ(kept.in_lock, kept.in_turn);
}

TEST(Turn, NobodyWaitsBeforeThereAreTasks) {
    Turn turn;
    kernel_lock.acquire();
    {
        const OwnTurn mine(&turn);
        EXPECT_FALSE(turn.mine());
        const u64 tenure = kernel_lock.tenure();
        EXPECT_EQ(turn.at_host([] { return 5; }), 5);
        EXPECT_EQ(kernel_lock.tenure(), tenure);
    }
    kernel_lock.release();
}

}  // namespace
}  // namespace occlum::kernel
