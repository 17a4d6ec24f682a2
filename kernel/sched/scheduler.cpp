#include "kernel/sched/scheduler.h"

#include <algorithm>
#include <utility>

#include "enclave/host.h"
#include "kernel/assist/assist.h"
#include "kernel/profile/counters.h"
#include "kernel/sched/cpu.h"
#include "kernel/sched/host_poll.h"
#include "kernel/sched/idle.h"
#include "kernel/sched/real_time_share.h"
#include "kernel/sched/run_queue.h"
#include "kernel/sched/switch.h"
#include "kernel/sched/vcpu_state.h"
#include "kernel/sched/vcpus.h"
#include "kernel/task/task.h"
#include "kernel/time/cpu_timer.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

namespace {

// How long a task runs while others wait, and how often timers are looked at while guest code runs.
constexpr u64 kSliceNs = 4'000'000;
constexpr u64 kShortestTickNs = 100'000;
// The same while another vCPU is idle: two of these, and it gets what waits.
constexpr u64 kOfferNs = 400'000;
constexpr u32 kTicksBeforeKick = 2, kTicksInKernel = 8;
/// So often a vCPU enters guest code before a task that was woken goes first.
constexpr u32 kMostPasses = 16;
/// How long SCHED_RR lets one run while equals wait.
constexpr u64 kRoundRobinNs = 100'000'000;
/// So many slices of others, and SCHED_IDLE has one: what it holds must come free some day.
constexpr u32 kSlicesBeforeIdle = 256;

constinit SchedulerStats stats;

RealTimeShare& real_time_share() {
    static constinit std::array<RealTimeShare, abi::kMaxThreads> shares{};
    return shares.at(this_cpu().number);
}

/// The real-time policies have had this vCPU for so long that others get it.
bool is_throttled() { return real_time_share().exhausted(); }

void count_real_time(const Task& task, u64 now) {
    real_time_share().begin_period(now);
    if (rank_of(task) > kFairRank) real_time_share().count(task.run_since_ns, now);
}

/// No other task waits that goes before one of rank `most`, too.
bool is_only_above(const Task& task, Rank most) {
    for (const Task* other = run_queue().first(); other; other = other->next_runnable) {
        if (rank_of(*other) <= std::max(most, kFairRank)) break;
        if (other != &task) return false;
    }
    return true;
}

/// What the task has run until now counts.
void account(Task& task, u64 now) {
    count_real_time(task, now);
    task.run_ns += now - task.run_since_ns;
    task.fair_ns = fair_ns_at(task, now);
    task.run_since_ns = now;
}

/// A task with a real-time policy waits: a vCPU that may run it and has nothing better learns of it. This one
/// looks before it enters guest code.
void call_for_cpu(const Task& task) {
    const Cpu& self = this_cpu();
    const Rank rank = rank_of(task);
    const Rank here = self.current ? rank_of(*self.current) : kIdleRank;
    if (may_run_on(task, self.number) && (!self.current || here < rank) && is_only_above(task, here)) return;
    Cpu* lowest = nullptr;
    for (Cpu* cpu : all_cpus()) {
        if (cpu == &self || !may_run_on(task, cpu->number)) continue;
        if (!cpu->current) return hand_over(task, *cpu);
        if (!lowest || rank_of(*cpu->current) < rank_of(*lowest->current)) lowest = cpu;
    }
    if (lowest && rank_of(*lowest->current) < rank) interrupt_cpu(*lowest);
}

void enqueue(Task& task) {
    task.just_woken = task.state == TaskState::Sleeping;
    task.state = TaskState::Runnable;
    const u32 here = this_cpu().number;
    if (may_run_on(task, here)) return run_queue().push(task, here);
    Cpu& place = place_for(task);
    run_queue().push(task, place.number);
    hand_over(task, place);
}

void make_runnable(Task& task) {
    enqueue(task);
    if (rank_of(task) > kFairRank) call_for_cpu(task);
}

Task* take_next(Task* (RunQueue::*take)(u32)) {
    const u32 here = this_cpu().number;
    if (is_throttled())
        if (Task* fair = run_queue().take_up_to(kFairRank, here)) return fair;
    return (run_queue().*take)(here);
}

/// The CPU goes from `current` (whose state is already set) to `next`, or to the idle loop.
void switch_to(Task& current, Task* next) {
    Cpu& cpu = this_cpu();
    const u64 now = enclave::monotonic_ns();
    account(current, now);
    current.end_stint(enclave::cycles());
    ++(current.state == TaskState::Sleeping ? current.voluntary_switches : current.involuntary_switches);
    if (current.state == TaskState::Dead) {
        cpu.vectors_of = nullptr;
        cpu.ended = &current;
    } else {
        save_vector_state(current.vectors);
        cpu.vectors_of = &current;
        current.last_cpu = cpu.number;
    }
    cpu.current = next;
    ++stats.switches;
    if (next) next->run_since_ns = now;
    const profile::Doing doing = profile::doing_now(cpu);
    const u32 long_calls = std::exchange(cpu.long_calls, 0);
    switch_stack(current.kernel_sp, next ? next->kernel_sp : cpu.idle_sp);
    this_cpu().long_calls = long_calls;
    profile::set_doing(this_cpu(), doing);
    finish_switch();
}

/// Gives up the CPU to `next` (null: the idle loop); returns when the task runs again.
void reschedule(Task* next) {
    Task& current = current_task();
    if (next == &current) {
        current.state = TaskState::Running;
        return;
    }
    switch_to(current, next);
}

/// Something that this vCPU may run goes before the current task.
bool is_outranked() {
    const RunQueue& queue = run_queue();
    const Rank own = rank_of(current_task());
    if (queue.empty() || rank_of(*queue.first()) <= own) return false;
    const auto best = queue.best_rank(this_cpu().number);
    return best && *best > own && !(*best > kFairRank && is_throttled());
}

/// Gives up the CPU to `next`, before the current task's turn is over.
void interrupt_turn(Task* next) {
    Task& task = current_task();
    task.just_woken = false;
    task.state = TaskState::Runnable;
    run_queue().push_first(task, this_cpu().number);
    reschedule(next);
}

/// Now and then; null: not now, or there is none.
Task* take_idle_class() {
    static constinit u32 slices = 0;
    const Task* const last = run_queue().last();
    if (!last || rank_of(*last) != kIdleRank || ++slices < kSlicesBeforeIdle) return nullptr;
    slices = 0;
    return run_queue().take_up_to(kIdleRank, this_cpu().number);
}

/// By nice values, the current task's turn is not over: who waits has had more.
bool deserves_more(const Task& task, u64 now) {
    const RunQueue& queue = run_queue();
    if (!queue.is_weighted() && task.scheduling.nice == 0) return false;
    const Task* const next = queue.fairest(this_cpu().number);
    return !next || next->fair_ns > fair_ns_at(task, now);
}

/// At a tick: what the current task's policy says of who runs next.
void end_slice() {
    Task& task = current_task();
    const u64 now = enclave::monotonic_ns();
    const Rank own = rank_of(task);
    const u32 here = this_cpu().number;
    if (!may_run_on(task, here)) return yield_cpu();
    count_real_time(task, now);
    if (own > kFairRank) {
        Task* fair = is_throttled() ? run_queue().take_up_to(kFairRank, here) : nullptr;
        if (fair) return interrupt_turn(fair);
        const bool over =
            task.scheduling.policy == Policy::RoundRobin && now - task.run_since_ns >= kRoundRobinNs;
        if (over) return yield_cpu();
        if (is_outranked()) interrupt_turn(run_queue().take_any(here));
        return;
    }
    if (own == kFairRank)
        if (Task* idle = take_idle_class()) return interrupt_turn(idle);
    if (own == kFairRank && !is_outranked() && deserves_more(task, now)) return;
    yield_cpu();
}

/// Other vCPUs' part in what waits: true when this one should give way, too.
bool share_at_tick() {
    static constinit u64 seen = 0;
    static constinit u32 times = 0;
    const RunQueue& queue = run_queue();
    if (queue.empty() && may_run_on(current_task(), this_cpu().number)) return false;
    if (others_idle()) {
        // A task that has only just been woken will most likely run here.
        if (std::exchange(seen, queue.head()) != queue.head()) times = 0;
        if (++times < (is_mostly_in_kernel() ? kTicksInKernel : kTicksBeforeKick)) return false;
        if (kick_idle_cpu() && queue.size() == 1) return false;
    }
    for (Cpu* cpu : all_cpus())
        if (cpu != &this_cpu() && cpu->tick_period_ns == 0) interrupt_cpu(*cpu);
    return true;
}

void run_due_timers() {
    if (timer_queue().next_deadline_ns()) timer_queue().run(enclave::monotonic_ns());
}

}  // namespace

const SchedulerStats& scheduler_stats() { return stats; }
void count_wait() { ++stats.waits; }

void start_task(Task& task, void (*entry)()) {
    task.kernel_sp = prepare_stack(task.stack.top(), entry);
    make_runnable(task);
}

void wake(Task& task) {
    task.woken = true;
    if (task.state == TaskState::Sleeping) make_runnable(task);
}

void interrupt_sleep(Task& task) {
    if (task.state == TaskState::Sleeping) make_runnable(task);
}

void interrupt_for_signal(Task& task) {
    if (task.interruptible) interrupt_sleep(task);
    interrupt_task(task);
}

void sleep_until_woken(bool interruptible) {
    Task& task = current_task();
    task.state = TaskState::Sleeping;
    task.interruptible = interruptible;
    reschedule(take_next(&RunQueue::take_own));
    task.interruptible = false;
}

void yield_cpu() {
    Task& task = current_task();
    const u32 here = this_cpu().number;
    if (may_run_on(task, here) && !run_queue().has_any(here)) return;
    // Its place depends on it.
    if (run_queue().is_weighted() || task.scheduling.nice != 0) account(task, enclave::monotonic_ns());
    enqueue(task);
    reschedule(take_next(&RunQueue::take_any));
}

void leave_cpu_for_ever() {
    Task& task = current_task();
    task.state = TaskState::Dead;
    switch_to(task, take_next(&RunQueue::take_own));
    __builtin_unreachable();
}

void finish_switch() {
    Cpu& cpu = this_cpu();
    // The reference that the task had to itself; its stack is not in use any more.
    if (Task* ended = std::exchange(cpu.ended, nullptr)) ended->deref();
    if (!cpu.current) return;
    Task& task = *cpu.current;
    task.state = TaskState::Running;
    load_guest_state(task);
    // After idle time its registers may still be here.
    if (cpu.vectors_of == &task && task.last_cpu == cpu.number) return;
    restore_vector_state(task.vectors);
    cpu.vectors_of = &task;
}

void load_address_space(Task& task) { load_guest_state(task); }

void run_cpu() {
    Cpu& cpu = this_cpu();
    kernel_lock.acquire();
    add_cpu(cpu);
    for (;;) {
        profile::set_doing(cpu, {profile::Activity::Idle, 0, 0});
        run_due_timers();
        Task* next = take_next(&RunQueue::take_own);
        if (!next) next = wait_for_work(cpu);
        if (!next) continue;
        cpu.current = next;
        next->run_since_ns = enclave::monotonic_ns();
        ++stats.switches;
        switch_stack(cpu.idle_sp, next->kernel_sp);
        finish_switch();
    }
}

void give_way_to_woken() {
    const RunQueue& queue = run_queue();
    if (queue.empty()) return;
    const bool real_time = rank_of(*queue.first()) > kFairRank;
    if (real_time && is_outranked()) return interrupt_turn(run_queue().take_any(this_cpu().number));
    if (!queue.first()->just_woken) return;
    if (rank_of(current_task()) > kFairRank) return;
    if (is_outranked()) return yield_cpu();
    Cpu& cpu = this_cpu();
    if (std::exchange(cpu.passed_by, queue.head()) != queue.head()) cpu.passes = 0;
    if (++cpu.passes >= kMostPasses) yield_cpu();
}

void arrange_tick() {
    Cpu& cpu = this_cpu();
    const bool waiting = !run_queue().empty();
    if (waiting) offer_work();
    if (cpu.tick_period_ns != 0) return;
    const auto deadline = timer_queue().next_deadline_ns();
    const bool limited = wants_cpu_ticks(current_process());
    const bool expecting = deadline || wants_host_polls();
    if (!waiting && !limited && !(expecting && events_need_ticks())) return;
    u64 period = waiting && others_idle() ? kOfferNs : kSliceNs;
    if (deadline) {
        const u64 now = enclave::monotonic_ns();
        period = std::clamp(*deadline > now ? *deadline - now : 0, kShortestTickNs, period);
    }
    cpu.tick_period_ns = period;
    profile::set_scheduler_tick(period);
}

void handle_tick() {
    Cpu& cpu = this_cpu();
    ++stats.ticks;
    run_due_timers();
    check_cpu_time();
    HostPolls polls = wanted_host_polls();
    if (!polls.empty()) {
        const auto ready = enclave::host_wait(0, polls.span());
        if (ready && *ready > 0) deliver_host_polls(polls.span());
    }
    const bool needed = !run_queue().empty() || events_need_ticks() || wants_cpu_ticks(current_process());
    if (cpu.tick_period_ns != 0 && (!needed || cpu.tick_period_ns != kSliceNs)) {
        // A short period was for one deadline or an idle vCPU: arrange_tick() chooses anew.
        cpu.tick_period_ns = 0;
        if (!needed) profile::set_scheduler_tick(0);
    }
    if (share_at_tick()) end_slice();
}

namespace {

/// Changes what a task's rank or weight comes from; the queue follows.
template <typename Change>
void change_standing(Task& task, Change change) {
    const Rank before = rank_of(task);
    const bool queued = task.state == TaskState::Runnable && run_queue().remove(task);
    change();
    const Rank now = rank_of(task);
    if (queued) {
        now < before ? run_queue().push_first(task, task.queued_by) : run_queue().push(task, task.queued_by);
        if (now > before && now > kFairRank) call_for_cpu(task);
    } else if (task.state == TaskState::Running && now < before) {
        interrupt_task(task);
    }
}

}  // namespace

void set_scheduling(Task& task, const Scheduling& wanted) {
    if (rank_of(wanted) == rank_of(task.scheduling) && wanted.nice == task.scheduling.nice) {
        task.scheduling = wanted;
        return;
    }
    change_standing(task, [&] { task.scheduling = wanted; });
}

void lend_rank(Task& task, u32 rank) {
    if (rank != task.lent_rank) change_standing(task, [&] { task.lent_rank = rank; });
}

void apply_affinity(Task& task) {
    if (&task == &current_task()) {
        yield_cpu();
    } else if (task.state == TaskState::Running) {
        interrupt_task(task);
    } else if (task.state == TaskState::Runnable) {
        hand_over(task, place_for(task));
    }
}

}  // namespace occlum::kernel
