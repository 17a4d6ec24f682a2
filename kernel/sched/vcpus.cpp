#include "kernel/sched/vcpus.h"

#include "enclave/host.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constinit std::array<Cpu*, abi::kMaxThreads> cpus{};
constinit size_t cpu_count = 0;

/// How long a vCPU is waited for before the host is reminded, in rounds of pause; and how long the host is
/// then given to run it.
constexpr u32 kPatience = 4096;
constexpr u64 kNapNs = 20'000;

/// `space` null: any.
bool is_in_guest(const Cpu& cpu, const AddressSpace* space) {
    const AddressSpace* const there = cpu.guest_of.load(std::memory_order_acquire);
    return there && (!space || there == space);
}

void await_exit(Cpu& cpu, const AddressSpace* space) {
    for (u32 round = 1; is_in_guest(cpu, space); ++round) {
        __builtin_ia32_pause();
        if (round % kPatience != 0) continue;
        cpu.interrupted = false;
        interrupt_cpu(cpu);
        (void)enclave::host_wait(kNapNs, {});
    }
}

void stop_guests(const AddressSpace* space) {
    if (cpu_count < 2) return;
    kernel_lock.assert_held();
    const Cpu* const self = &this_cpu();
    for (Cpu* cpu : all_cpus())
        if (cpu != self && is_in_guest(*cpu, space)) interrupt_cpu(*cpu);
    for (Cpu* cpu : all_cpus())
        if (cpu != self) await_exit(*cpu, space);
}

}  // namespace

void add_cpu(Cpu& cpu) { cpus.at(cpu_count++) = &cpu; }

std::span<Cpu* const> all_cpus() { return std::span(cpus).first(cpu_count); }

void begin_guest(Cpu& cpu, const AddressSpace& space) {
    cpu.interrupted = false;
    // The release of the lock publishes it.
    cpu.guest_of.store(&space, std::memory_order_relaxed);
    kernel_lock.release();
}

void end_guest(Cpu& cpu) {
    cpu.guest_of.store(nullptr, std::memory_order_release);
    kernel_lock.acquire();
}

void interrupt_cpu(Cpu& cpu) {
    if (cpu.interrupted || !is_in_guest(cpu, nullptr)) return;
    cpu.interrupted = true;
    enclave::host_interrupt(cpu.number);
}

void interrupt_task(const Task& task) {
    const Cpu* const self = &this_cpu();
    for (Cpu* cpu : all_cpus())
        if (cpu != self && cpu->current == &task) interrupt_cpu(*cpu);
}

void stop_guests_of(const AddressSpace& space) { stop_guests(&space); }
void stop_all_guests() { stop_guests(nullptr); }

}  // namespace occlum::kernel
