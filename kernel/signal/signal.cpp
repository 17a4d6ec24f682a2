// Sending: what a signal does at once (continue, stop requests cancelling each other), whether it is worth
// keeping, and which task is told.
#include "kernel/signal/signal.h"

#include <algorithm>

#include "kernel/sched/scheduler.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

constexpr SigSet kIgnoredByDefault = SigSet::of(kSigChld, kSigCont, kSigUrg, kSigWinch);

bool is_ignored(const Process& process, int signal) {
    const u64 handler = process.actions->of(signal).handler;
    if (handler == kSigIgnore) return true;
    return handler == kSigDefault && kIgnoredByDefault.has(signal);
}

void continue_process(Process& process) {
    process.pending.remove(kStopSignals);
    for (Task* task : process.tasks) task->pending.remove(kStopSignals);
    if (!process.stopped) return;
    process.stopped = false;
    process.report_stop = false;
    process.report_continue = true;
    process.resumed.wake_all();
    for (Task* task : process.tasks) task->trace_resumed.wake_all();
    report_job_change(process, {kCldContinued, kSigCont});
}

/// What happens at the sending already. `task`: the only one meant, or null. True when the signal need not be
/// queued.
bool act_at_once(Process& process, const Task* task, const SigInfo& info) {
    if (info.signal == kSigKill) {
        begin_exit(process, {kCldKilled, kSigKill});
        return true;
    }
    if (info.signal == kSigCont) continue_process(process);
    if (kStopSignals.has(info.signal)) {
        process.pending.remove(SigSet::of(kSigCont));
        for (Task* each : process.tasks) each->pending.remove(SigSet::of(kSigCont));
    }
    // A blocked signal is kept even if it is ignored now: that may change before it is unblocked.
    const auto keeps = [&](const Task* each) {
        return each->blocked.has(info.signal) || each->waiting_for.has(info.signal);
    };
    if (is_traced(process)) return false;  // the tracer decides
    const bool kept = task ? keeps(task) : std::ranges::any_of(process.tasks, keeps);
    return is_ignored(process, info.signal) && !kept;
}

bool may_take(const Task& task, int signal) {
    return !task.blocked.has(signal) || task.waiting_for.has(signal);
}

bool enqueue(SignalQueue& queue, Process& process, const SigInfo& info) {
    const u64 limit = process.limits.of(Resource::PendingSignals).soft;
    if (!queue.add(info, process.credentials().uid, limit)) return false;
    process.signalled.wake_all();
    return true;
}

bool is_valid(int signal) { return signal >= 1 && signal <= kSigMax; }

}  // namespace

Ref<SignalActions> SignalActions::clone() const {
    auto copy = make_ref<SignalActions>();
    copy->actions_ = actions_;
    return copy;
}

void SignalActions::reset_handlers() {
    for (SigAction& action : actions_)
        action = {action.handler == kSigIgnore ? kSigIgnore : kSigDefault, 0, 0, 0};
}

namespace {

/// `first`: the task that takes it before others, or null.
bool send_to_process(Process& process, const SigInfo& info, Task* first) {
    if (!is_valid(info.signal) || process.zombie || process.exiting || process.is_server) return true;
    if (act_at_once(process, nullptr, info)) return true;
    if (!enqueue(process.pending, process, info)) return false;
    if (first && may_take(*first, info.signal)) {
        interrupt_for_signal(*first);
        return true;
    }
    for (Task* task : process.tasks) {
        if (!may_take(*task, info.signal)) continue;
        interrupt_for_signal(*task);
        break;
    }
    return true;
}

}  // namespace

bool send_signal(Process& process, const SigInfo& info) { return send_to_process(process, info, nullptr); }

bool send_signal_of_usage(Task& task, const SigInfo& info) {
    return send_to_process(task.process(), info, &task);
}

bool send_signal(Task& task, const SigInfo& info) {
    Process& process = task.process();
    if (!is_valid(info.signal) || process.zombie || process.exiting || process.is_server) return true;
    if (act_at_once(process, &task, info)) return true;
    if (!enqueue(task.pending, process, info)) return false;
    if (may_take(task, info.signal)) interrupt_for_signal(task);
    return true;
}

std::optional<SigInfo> take_signal(Task& task, SigSet blocked) {
    Process& process = task.process();
    auto info = task.pending.take(blocked);
    if (!info) info = process.pending.take(blocked);
    if (info && info->code == kSiTimer) process.timers.note_delivered(*info);
    return info;
}

Result<void> send_signal_to_group(u32 group, const SigInfo& info) {
    std::vector<Ref<Process>> members;
    for (const auto& [pid, process] : pid_table().processes())
        if (process->group == group) members.push_back(process);
    if (members.empty()) return err(Errno::Esrch);
    for (const Ref<Process>& process : members) send_signal(*process, info);
    return {};
}

void force_signal(Task& task, SigInfo info) {
    SigAction& action = task.process().actions->of(info.signal);
    if (task.blocked.has(info.signal) || action.handler == kSigIgnore) {
        action.handler = kSigDefault;
        task.blocked.remove(info.signal);
    }
    (void)task.pending.add(info, task.credentials().uid, kUnlimited);
}

bool signal_pending(const Task& task) {
    const Process& process = task.process();
    if (task.must_exit || process.stopped || (task.trace && task.trace->wants_stop)) return true;
    return !((task.pending.set() | process.pending.set()) & ~task.blocked).empty();
}

void set_blocked(Task& task, SigSet mask) { task.blocked = mask & ~kUnblockable; }

void set_temporary_mask(Task& task, SigSet mask) {
    if (!task.mask_is_temporary) task.saved_blocked = task.blocked;
    task.mask_is_temporary = true;
    set_blocked(task, mask);
}

}  // namespace occlum::kernel
