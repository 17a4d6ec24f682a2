#include "kernel/gdb/tracer.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel::gdb {
namespace {

constexpr u32 kOptions = kTraceFork | kTraceVfork | kTraceClone | kTraceExec | kTraceVforkDone;
/// A thread may be in a sleep that nothing cuts short, such as a vfork(2) parent's.
constexpr u64 kPatienceNs = 1'000'000'000;

bool is_stopped(const Task* task) { return task->trace->stop != StopKind::None; }

}  // namespace

RefPtr<Task> Tracer::thread(u32 tid) const {
    const auto found = std::ranges::find(self_.tracees, tid, &Task::tid);
    return found == self_.tracees.end() ? nullptr : RefPtr<Task>(*found);
}

void Tracer::attach(Task& first) {
    attach_tracer(self_, first, true, kOptions);
    first.trace->wants_stop = true;
}

void Tracer::detach() {
    if (attached() && target_->memory) breakpoints_.lift(target_->address_space());
    breakpoints_.forget();
    for (Task* task : std::vector(self_.tracees)) detach_tracer(*task);
}

/// The child of a fork is not followed.
void Tracer::let_child_go(u32 tid, bool has_copy) {
    const RefPtr<Task> child = pid_table().task(tid);
    if (!child || !child->trace || child->trace->tracer != &self_) return;
    if (has_copy && child->process().memory) breakpoints_.lift(child->process().address_space());
    detach_tracer(*child);
}

std::optional<Stop> Tracer::examine_signal(Task& task) {
    const u32 signal = task.trace->code & 0x7f;
    const u64 before = task.context.rip - 1;
    const bool trap = signal == kSigTrap && task.trace->info.code == kSiKernel;
    if (!trap || !breakpoints_.at(before)) return Stop{Stop::Kind::Signal, task.tid, signal};
    task.context.rip = before;
    return Stop{Stop::Kind::Breakpoint, task.tid, signal};
}

std::optional<Stop> Tracer::examine(Task& task, Then then) {
    TraceState& state = *task.trace;
    state.report = false;
    switch (state.code >> 8) {
        case 0:
            return examine_signal(task);
        case kEventExec:
            breakpoints_.forget();
            return Stop{Stop::Kind::Exec, task.tid, kSigTrap};
        case kEventFork:
            let_child_go(static_cast<u32>(state.message), true);
            break;
        case kEventVfork:
            breakpoints_.lift(task.process().address_space());
            let_child_go(static_cast<u32>(state.message), false);
            break;
        case kEventVforkDone:
            breakpoints_.restore(task.process().address_space());
            break;
        case kEventStop:
            // Stopped by job control: until somebody continues it.
            if ((state.code & 0x7f) != kSigTrap) {
                state.listening = true;
                return std::nullopt;
            }
            break;
        default:
            break;
    }
    if (then == Then::GoOn) resume_tracee(task);
    return std::nullopt;
}

std::optional<Stop> Tracer::look() {
    for (Task* task : std::vector(self_.tracees)) {
        if (!task->trace || !is_stopped(task) || !task->trace->report) continue;
        if (const auto stop = examine(*task, Then::GoOn)) {
            stop_all();
            return stop;
        }
    }
    self_.ended_tracees.clear();
    const bool none_runs = std::ranges::all_of(self_.tracees, [](const Task* task) {
        return is_stopped(task) && !task->trace->report && !task->trace->listening;
    });
    if (attached() && none_runs) return Stop{.kind = Stop::Kind::NoneLeft};
    return std::nullopt;
}

bool Tracer::all_stopped() const { return std::ranges::all_of(self_.tracees, is_stopped); }

/// What has stopped beside the one that gdb hears of. A breakpoint will be hit again, unless it is gone then;
/// a signal is told when the thread is to go on.
void Tracer::hold_back(Task& task) {
    task.trace->wants_stop = false;
    if (!task.trace->report) return;
    if (task.trace->code >> 8 == 0) {
        if (const auto stop = examine_signal(task); stop && stop->kind == Stop::Kind::Breakpoint)
            task.trace->report = false;
        return;
    }
    if (task.trace->code >> 8 != kEventExec) (void)examine(task, Then::Stay);
}

void Tracer::stop_all() {
    for (Task* task : self_.tracees) {
        if (is_stopped(task)) continue;
        task->trace->wants_stop = true;
        task->trace_resumed.wake_all();
        interrupt_for_signal(*task);
    }
    (void)wait_until(
        self_.child_changed, [&] { return all_stopped(); }, enclave::monotonic_ns() + kPatienceNs,
        Sleep::Uninterruptible);
    for (Task* task : std::vector(self_.tracees)) hold_back(*task);
}

void Tracer::resume(std::span<const Action> actions) {
    for (Task* task : std::vector(self_.tracees)) {
        TraceState& state = *task->trace;
        if (!is_stopped(task) || state.report || state.listening) continue;
        const auto action = std::ranges::find_if(
            actions, [&](const Action& one) { return one.tid == 0 || one.tid == task->tid; });
        if (action == actions.end()) continue;
        state.signal = action->signal;
        state.steps = action->steps;
        state.stops_at_calls = state.skips_calls = false;
        resume_tracee(*task);
    }
}

}  // namespace occlum::kernel::gdb
