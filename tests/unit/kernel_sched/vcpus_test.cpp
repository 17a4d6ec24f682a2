// Host threads play vCPUs: they enter "guest code", which touches plain memory, and leave it when they are
// interrupted; others stop them and touch the same memory. A stop that does not hold is a wrong sum here, and
// a data race in the build with ThreadSanitizer.
#include "kernel/sched/vcpus.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "enclave/hosted/hosted.h"
#include "kernel/boot/vcpu.h"
#include "kernel/mm/address_space.h"

namespace occlum::kernel {
namespace {

constexpr u32 kCpus = 4;
constexpr size_t kSpaces = 2;

class Machine {
public:
    Machine() {
        for (auto& space : spaces) space = *AddressSpace::create();
        kernel_lock.acquire();
        for (u32 n = 0; n < kCpus; ++n) {
            cpus[n].number = n;
            add_cpu(cpus[n]);
        }
        kernel_lock.release();
        enclave::hosted::set_interrupt_hook([this](u32 vcpu) {
            // A host that forgets every third interruption.
            if (++requests % 3 != 0) interrupted[vcpu].store(true, std::memory_order_relaxed);
        });
    }

    std::array<Cpu, kCpus> cpus;
    std::array<RefPtr<AddressSpace>, kSpaces> spaces;
    std::array<std::atomic<bool>, kCpus> interrupted{};
    std::atomic<u64> requests = 0;
    /// Guest memory: each vCPU has its own two words in each space, always equal outside of guest code.
    struct Words {
        u64 first = 0, second = 0;
    };
    std::array<std::array<Words, kCpus>, kSpaces> memory{};
};

Machine& machine() {
    static auto& instance = *new Machine;
    return instance;
}

/// Runs "guest code" until an interruption, or not for long.
void run_guest(u32 number, size_t space, u64 steps) OCCLUM_REQUIRES(kernel_lock) {
    Machine& m = machine();
    Cpu& cpu = m.cpus[number];
    begin_guest(cpu, *m.spaces[space]);
    Machine::Words& words = m.memory[space][number];
    for (u64 step = 0; step < steps && !m.interrupted[number].load(std::memory_order_relaxed); ++step) {
        ++words.first;
        ++words.second;
    }
    end_guest(cpu);
    m.interrupted[number].store(false, std::memory_order_relaxed);
}

/// What a kernel does with the memory of a space whose guests have stopped.
void work_on(size_t space) {
    for (auto& words : machine().memory[space]) {
        EXPECT_EQ(words.first, words.second);
        words.first = words.second = words.first / 2;
    }
}

void be_vcpu(u32 number, int rounds) {
    Machine& m = machine();
    attach_cpu(m.cpus[number]);
    std::mt19937 random(number + 1);
    kernel_lock.acquire();
    for (int round = 0; round < rounds; ++round) {
        const u32 choice = random() % 8;
        if (choice == 0) {
            stop_all_guests();
            for (size_t space = 0; space < kSpaces; ++space) work_on(space);
        } else if (choice <= 2) {
            const size_t space = random() % kSpaces;
            stop_guests_of(*m.spaces[space]);
            work_on(space);
        } else {
            // Sometimes for ever, as far as the guest is concerned.
            const bool spins = choice == 3 && round + 1 < rounds && number == 0;
            run_guest(number, random() % kSpaces, spins ? ~u64{0} : random() % 2000);
        }
    }
    kernel_lock.release();
}

TEST(Vcpus, StoppedGuestsStayOut) {
    constexpr int kRounds = 400;
    std::atomic<bool> done = false;
    machine();
    std::vector<std::thread> threads;
    for (u32 n = 0; n + 1 < kCpus; ++n) threads.emplace_back(be_vcpu, n, kRounds);
    // The last vCPU stops everybody as long as the others live, so that no endless guest is left alone.
    std::thread last([&] {
        attach_cpu(machine().cpus[kCpus - 1]);
        while (!done) {
            kernel_lock.acquire();
            stop_all_guests();
            for (size_t space = 0; space < kSpaces; ++space) work_on(space);
            kernel_lock.release();
            std::this_thread::yield();
        }
    });
    for (auto& thread : threads) thread.join();
    done = true;
    last.join();
    EXPECT_GT(machine().requests, 0u);
}

TEST(Vcpus, OnlyTheSpacesGuestsAreStopped) {
    Machine& m = machine();
    std::atomic<bool> stop = false;
    std::thread other([&] {
        attach_cpu(m.cpus[0]);
        kernel_lock.acquire();
        begin_guest(m.cpus[0], *m.spaces[1]);
        while (!stop) std::this_thread::yield();
        end_guest(m.cpus[0]);
        kernel_lock.release();
    });
    while (!m.cpus[0].guest_of.load()) std::this_thread::yield();
    attach_cpu(m.cpus[1]);
    kernel_lock.acquire();
    const u64 before = m.requests;
    stop_guests_of(*m.spaces[0]);  // returns although the other one never leaves
    EXPECT_EQ(m.requests, before);
    kernel_lock.release();
    stop = true;
    other.join();
}

TEST(KernelLock, OneAtATime) {
    constexpr int kRounds = 20000;
    u64 plain = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < 3; ++n)
        threads.emplace_back([&] {
            for (int i = 0; i < kRounds; ++i) {
                kernel_lock.acquire();
                ++plain;
                kernel_lock.release();
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(plain, u64{3} * kRounds);
}

}  // namespace
}  // namespace occlum::kernel
