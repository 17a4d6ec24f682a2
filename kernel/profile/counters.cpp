#include "kernel/profile/counters.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/profile/places.h"
#include "kernel/task/task.h"

namespace occlum::kernel::profile {

namespace {

void add(Counter& counter, u64 value = 1) { counter.fetch_add(value, std::memory_order_relaxed); }

/// One of the sampling ticks in so many is the scheduler's.
bool is_scheduler_tick(Cpu& cpu) {
    const u32 every = cpu.ticks_between.load(std::memory_order_relaxed);
    if (every == 0) return false;
    const u32 left = cpu.ticks_left.load(std::memory_order_relaxed);
    cpu.ticks_left.store(left > 1 ? left - 1 : every, std::memory_order_relaxed);
    return left <= 1;
}

}  // namespace

Counters& counters() {
    static constinit Counters all;
    return all;
}

void count_sample(const Cpu& cpu) {
    const Doing doing = doing_now(cpu);
    add(counters().samples.at(doing.program).at(static_cast<size_t>(doing.activity)));
    if (doing.activity == Activity::SystemCall) add(counters().calls.at(doing.call).samples);
}

bool take_kernel_tick(u64 offset) {
    if (!profiling()) return true;
    Cpu& cpu = this_cpu();
    count_sample(cpu);
    if (doing_now(cpu).activity != Activity::Idle) count_libos_place(offset);
    // On the way into guest code it may be another vCPU's interruption.
    const bool entering = cpu.guest_of.load(std::memory_order_relaxed) != nullptr;
    return is_scheduler_tick(cpu) || entering;
}

bool take_guest_tick(Task& task) {
    Cpu& cpu = this_cpu();
    if (!profiling() || cpu.interrupted) return true;
    count_place(task);
    return is_scheduler_tick(cpu);
}

void set_scheduler_tick(u64 period_ns) {
    if (!profiling()) return enclave::host_set_tick(period_ns);
    const u64 every = period_ns == 0 ? 0 : std::max<u64>((period_ns + kPeriodNs / 2) / kPeriodNs, 1);
    Cpu& cpu = this_cpu();
    cpu.ticks_left.store(static_cast<u32>(every), std::memory_order_relaxed);
    cpu.ticks_between.store(static_cast<u32>(every), std::memory_order_relaxed);
}

void start_sampling() {
    Cpu& cpu = this_cpu();
    if (cpu.sampled) return;
    cpu.sampled = true;
    enclave::host_set_tick(kPeriodNs);
}

void record_program(Task& task) {
    start_sampling();
    set_doing(this_cpu(), {Activity::Return, 0, number_of_program(task.process())});
}

void record_call(u64 number) {
    Cpu& cpu = this_cpu();
    const auto call = static_cast<u16>(std::min<u64>(number, kCalls - 1));
    set_doing(cpu, {Activity::SystemCall, call, doing_now(cpu).program});
    add(counters().calls.at(call).count);
}

/// Of every host call, when it is back.
void count_host_call(abi::HostCall number, u64 cycles) {
    const Doing doing = doing_now(this_cpu());
    if (doing.activity == Activity::Idle) return;
    if (doing.activity == Activity::Lock) return add(counters().lock_cycles, cycles);
    Counters::HostCalls& calls = counters().host.at(static_cast<size_t>(number));
    add(calls.count);
    add(calls.cycles, cycles);
    add(counters().host_cycles.at(doing.program), cycles);
    if (doing.activity == Activity::SystemCall) add(counters().calls.at(doing.call).host_cycles, cycles);
}

}  // namespace occlum::kernel::profile
