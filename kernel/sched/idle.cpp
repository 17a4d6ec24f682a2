#include "kernel/sched/idle.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/host_poll.h"
#include "kernel/sched/run_queue.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpus.h"
#include "kernel/task/task.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

namespace {

// The watch over the run queue, in pauses: some 15 us.
constexpr int kLooks = 4, kPausesBetweenLooks = 256;
/// So many entries into guest code by others make a waiting task everybody's.
constexpr u32 kOffersBeforeKick = 8;
constexpr u64 kForEver = ~u64{0};

struct Watch {
    const Cpu* by = nullptr;
    u64 until_ns = 0;
    HostPolls polls;
};
Watch& the_watch() {
    static auto& watch = *new Watch;
    return watch;
}

u64 next_deadline() { return timer_queue().next_deadline_ns().value_or(kForEver); }

bool is_watched(HostPolls& wanted) {
    return std::ranges::all_of(wanted.span(), [](const abi::PollEntry& entry) {
        return std::ranges::any_of(the_watch().polls.span(), [&](const abi::PollEntry& watched) {
            return watched.fd == entry.fd && (entry.wanted & ~watched.wanted) == 0;
        });
    });
}

/// Somebody parked will notice all that may happen.
bool watch_suffices(u64 deadline, HostPolls& polls) {
    const Watch& watch = the_watch();
    return watch.by && watch.until_ns <= deadline && is_watched(polls);
}

u64 time_left(u64 deadline) {
    if (deadline == kForEver) return kForEver;
    const u64 now = enclave::monotonic_ns();
    return deadline > now ? deadline - now : 0;
}

bool others_busy(const Cpu& self) {
    return std::ranges::any_of(all_cpus(), [&](const Cpu* cpu) { return cpu != &self && cpu->current; });
}

/// Of busy vCPUs' time lately, the part that goes to guest code, in 1/1024.
constinit u64 guest_share = 1024;

void measure_share(Cpu& cpu) {
    constexpr u64 kWindow = 1'000'000, kAll = 1024, kMemory = 8;  // cycles; of windows
    const u64 now = enclave::cycles(), passed = now - cpu.share_since_cycles;
    if (passed < kWindow) return;
    const u64 guest = std::min(cpu.guest_cycles - cpu.share_since_guest, passed);
    guest_share = (guest_share * (kMemory - 1) + guest * kAll / passed) / kMemory;
    cpu.share_since_cycles = now;
    cpu.share_since_guest = cpu.guest_cycles;
}

/// Without the lock: whether the queue's first task stays there although it could run.
bool head_waits() {
    u64 seen = 0;
    for (int look = 0; look < kLooks; ++look) {
        for (int n = 0; n < kPausesBetweenLooks; ++n) __builtin_ia32_pause();
        const u64 head = run_queue().head();
        if (head != 0 && head == seen) return true;
        seen = head;
    }
    return false;
}

void park(Cpu& cpu) OCCLUM_REQUIRES(kernel_lock) {
    Watch& watch = the_watch();
    u64 deadline = next_deadline();
    HostPolls polls = wanted_host_polls();
    const bool watches = !watch_suffices(deadline, polls);
    if (watches) {
        watch = {&cpu, deadline, polls};
    } else {
        deadline = kForEver;
        polls.entries.clear();
    }
    count_wait();
    cpu.parked = true;
    kernel_lock.release();
    const auto ready = enclave::host_wait(time_left(deadline), polls.span());
    kernel_lock.acquire();
    cpu.parked = false;
    if (watch.by == &cpu) watch.by = nullptr;
    if (ready && *ready > 0) deliver_host_polls(polls.span());
}

}  // namespace

Task* wait_for_work(Cpu& cpu) {
    RunQueue& queue = run_queue();
    if (!others_busy(cpu)) {
        if (Task* task = queue.take_any(cpu.number)) return task;
    } else if (!is_mostly_in_kernel()) {
        kernel_lock.release();
        const bool waits = head_waits();
        kernel_lock.acquire();
        Task* task = waits ? queue.take_any(cpu.number) : queue.take_own(cpu.number);
        if (task) return task;
    }
    park(cpu);
    cpu.share_since_cycles = enclave::cycles();
    cpu.share_since_guest = cpu.guest_cycles;
    return std::exchange(cpu.kicked, false) ? queue.take_any(cpu.number) : nullptr;
}

bool events_need_ticks() {
    HostPolls polls = wanted_host_polls();
    const u64 deadline = next_deadline();
    return (deadline != kForEver || !polls.empty()) && !watch_suffices(deadline, polls);
}

bool is_mostly_in_kernel() {
    constexpr u64 kHalf = 512;
    return guest_share < kHalf;
}

bool others_idle() {
    const Cpu* const self = &this_cpu();
    return std::ranges::any_of(all_cpus(), [&](const Cpu* cpu) { return cpu != self && !cpu->current; });
}

bool kick_idle_cpu() {
    for (Cpu* cpu : all_cpus()) {
        if (!cpu->parked || cpu->kicked || !run_queue().has_any(cpu->number)) continue;
        cpu->kicked = true;
        enclave::host_kick(cpu->number);
        return true;
    }
    return false;
}

void wake_other_watchers() {
    for (Cpu* cpu : all_cpus()) {
        if (cpu == &this_cpu()) continue;
        if (cpu->parked && !cpu->kicked) {
            cpu->kicked = true;
            enclave::host_kick(cpu->number);
            return;
        }
        if (cpu->tick_period_ns == 0) interrupt_cpu(*cpu);
    }
}

void offer_work() {
    static constinit u64 offered = 0;
    static constinit u32 offers = 0;
    const RunQueue& queue = run_queue();
    if (queue.head() != std::exchange(offered, queue.head())) offers = 0;
    ++offers;
    measure_share(this_cpu());
    if (is_mostly_in_kernel()) return;
    if (queue.size() > 1 || offers >= kOffersBeforeKick) (void)kick_idle_cpu();
}

Cpu& place_for(const Task& task) {
    Cpu* found = nullptr;
    for (Cpu* cpu : all_cpus()) {
        if (!may_run_on(task, cpu->number)) continue;
        if (cpu->parked && !cpu->kicked) return *cpu;
        if (!found) found = cpu;
    }
    return found ? *found : this_cpu();
}

void hand_over(const Task& task, Cpu& to) {
    if (to.parked && !to.kicked && may_run_on(task, to.number)) {
        to.kicked = true;
        enclave::host_kick(to.number);
    } else if (to.tick_period_ns == 0) {
        interrupt_cpu(to);
    }
}

}  // namespace occlum::kernel
