#include "kernel/sched/scheduler.h"

#include <algorithm>
#include <utility>

#include "enclave/host.h"
#include "kernel/assist/assist.h"
#include "kernel/sched/cpu.h"
#include "kernel/sched/host_poll.h"
#include "kernel/sched/switch.h"
#include "kernel/sched/vcpu_state.h"
#include "kernel/task/task.h"
#include "kernel/time/cpu_timer.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

namespace {

// How long a task runs while others wait, and how often timers are looked at while guest code runs.
constexpr u64 kSliceNs = 4'000'000;
constexpr u64 kShortestTickNs = 100'000;

/// Runnable tasks, linked through Task::next_runnable.
class RunQueue {
public:
    bool empty() const { return first_ == nullptr; }
    void push(Task& task) {
        task.next_runnable = nullptr;
        (last_ ? last_->next_runnable : first_) = &task;
        last_ = &task;
    }
    Task* pop() {
        Task* task = first_;
        if (!task) return nullptr;
        first_ = std::exchange(task->next_runnable, nullptr);
        if (!first_) last_ = nullptr;
        return task;
    }

private:
    Task* first_ = nullptr;
    Task* last_ = nullptr;
};

constinit RunQueue run_queue;
constinit SchedulerStats stats;

void make_runnable(Task& task) {
    task.state = TaskState::Runnable;
    run_queue.push(task);
}

/// The CPU goes from `current` (whose state is already set) to `next`, or to the idle loop.
void switch_to(Task& current, Task* next) {
    Cpu& cpu = this_cpu();
    const u64 now = enclave::monotonic_ns();
    current.run_ns += now - current.run_since_ns;
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
    switch_stack(current.kernel_sp, next ? next->kernel_sp : cpu.idle_sp);
    finish_switch();
}

/// Gives up the CPU; returns when the task runs again.
void reschedule() {
    Task& current = current_task();
    Task* next = run_queue.pop();
    if (next == &current) {
        current.state = TaskState::Running;
        return;
    }
    switch_to(current, next);
}

void run_due_timers() {
    if (timer_queue().next_deadline_ns()) timer_queue().run(enclave::monotonic_ns());
}

/// Nothing to run: waits in the host for a timer, the console or a kick.
void wait_in_host() OCCLUM_REQUIRES(kernel_lock) {
    u64 timeout = ~u64{0};
    if (auto deadline = timer_queue().next_deadline_ns()) {
        const u64 now = enclave::monotonic_ns();
        timeout = *deadline > now ? *deadline - now : 0;
    }
    HostPolls polls = wanted_host_polls();
    ++stats.waits;
    kernel_lock.release();
    const auto ready = enclave::host_wait(timeout, polls.span());
    kernel_lock.acquire();
    if (ready && *ready > 0) deliver_host_polls(polls.span());
}

}  // namespace

const SchedulerStats& scheduler_stats() { return stats; }

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
}

void sleep_until_woken(bool interruptible) {
    Task& task = current_task();
    task.state = TaskState::Sleeping;
    task.interruptible = interruptible;
    reschedule();
    task.interruptible = false;
}

void yield_cpu() {
    if (run_queue.empty()) return;
    make_runnable(current_task());
    reschedule();
}

void leave_cpu_for_ever() {
    Task& task = current_task();
    task.state = TaskState::Dead;
    switch_to(task, run_queue.pop());
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
    for (;;) {
        run_due_timers();
        Task* next = run_queue.pop();
        if (!next) {
            wait_in_host();
            continue;
        }
        cpu.current = next;
        next->run_since_ns = enclave::monotonic_ns();
        ++stats.switches;
        switch_stack(cpu.idle_sp, next->kernel_sp);
        finish_switch();
    }
}

void arrange_tick() {
    Cpu& cpu = this_cpu();
    if (cpu.tick_period_ns != 0) return;
    const auto deadline = timer_queue().next_deadline_ns();
    if (run_queue.empty() && !deadline && wanted_host_polls().count == 0 &&
        !wants_cpu_ticks(current_process()))
        return;
    u64 period = kSliceNs;
    if (deadline) {
        const u64 now = enclave::monotonic_ns();
        period = std::clamp(*deadline > now ? *deadline - now : 0, kShortestTickNs, kSliceNs);
    }
    cpu.tick_period_ns = period;
    enclave::host_set_tick(period);
}

void handle_tick() {
    Cpu& cpu = this_cpu();
    ++stats.ticks;
    cpu.tick_seen = false;
    run_due_timers();
    check_cpu_time();
    HostPolls polls = wanted_host_polls();
    if (polls.count > 0) {
        const auto ready = enclave::host_wait(0, polls.span());
        if (ready && *ready > 0) deliver_host_polls(polls.span());
    }
    const bool needed = !run_queue.empty() || timer_queue().next_deadline_ns() || polls.count > 0 ||
                        wants_cpu_ticks(current_process());
    if (!needed || cpu.tick_period_ns != kSliceNs) {
        // A short period was for one deadline: arrange_tick() chooses anew.
        cpu.tick_period_ns = 0;
        if (!needed) enclave::host_set_tick(0);
    }
    yield_cpu();
}

}  // namespace occlum::kernel
