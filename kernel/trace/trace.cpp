#include "kernel/trace/trace.h"

#include <algorithm>

#include "kernel/sched/scheduler.h"
#include "kernel/sched/wait_queue.h"
#include "kernel/task/clone_flags.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {
namespace {

constexpr u32 kCallMark = 0x80;  // PTRACE_O_TRACESYSGOOD

void notify_tracer(const Task& task) {
    Process& tracer = *task.trace->tracer;
    if (tracer.actions && (tracer.actions->of(kSigChld).flags & kSaNoCldStop) == 0)
        send_signal(tracer, SigInfo::child(kCldTrapped, task.tid, task.credentials().uid,
                                           task.trace->code & 0x7f, 0, 0));
    tracer.child_changed.wake_all();
}

enum class Until : u8 { ResumedOrKilled, Resumed };

void stop(Task& task, StopKind kind, u32 code, const SigInfo& info, Until until = Until::ResumedOrKilled) {
    TraceState& state = *task.trace;
    state.stop = kind;
    state.code = code;
    state.info = info;
    state.signal = 0;
    state.report = true;
    state.listening = false;
    notify_tracer(task);
    const auto goes_on = [&] {
        if (!task.trace || task.trace->stop == StopKind::None) return true;
        if (task.must_exit && until == Until::ResumedOrKilled) return true;
        return task.trace->listening && (!task.process().stopped || task.trace->wants_stop);
    };
    while (!goes_on()) (void)wait_until(task.trace_resumed, goes_on, std::nullopt, Sleep::Uninterruptible);
    if (task.trace) task.trace->stop = StopKind::None;
}

SigInfo trap_info(u32 code) { return SigInfo{.signal = kSigTrap, .code = static_cast<i32>(code)}; }

void send_chosen_signal(Task& task) {
    if (!task.trace || task.must_exit) return;
    if (const int signal = std::exchange(task.trace->signal, 0); signal != 0)
        send_signal(task, SigInfo::from_process(signal, kSiUser, task.trace->tracer->pid,
                                                task.trace->tracer->credentials().uid));
}

u32 option_of(TraceEvent event) { return u32{1} << event; }

}  // namespace

bool is_traced(const Process& process) {
    return std::ranges::any_of(process.tasks, [](const Task* task) { return task->trace != nullptr; });
}

void attach_tracer(Process& tracer, Task& tracee, bool seized, u32 options) {
    tracee.trace = std::make_unique<TraceState>();
    tracee.trace->tracer = &tracer;
    tracee.trace->seized = seized;
    tracee.trace->options = options;
    tracer.tracees.push_back(&tracee);
}

void detach_tracer(Task& tracee) {
    if (!tracee.trace) return;
    std::erase(tracee.trace->tracer->tracees, &tracee);
    const int signal = tracee.trace->stop == StopKind::None ? 0 : tracee.trace->signal;
    const bool in_signal_stop = tracee.trace->stop == StopKind::Signal;
    tracee.trace = nullptr;
    tracee.detached_signal = in_signal_stop ? signal : 0;
    tracee.trace_resumed.wake_all();
}

void resume_tracee(Task& tracee) {
    tracee.trace->stop = StopKind::None;
    tracee.trace_resumed.wake_all();
}

void release_tracees(Process& tracer) {
    for (Task* task : std::exchange(tracer.tracees, {})) {
        const bool kill = (task->trace->options & kTraceExitKill) != 0;
        task->trace = nullptr;
        task->trace_resumed.wake_all();
        if (kill) begin_exit(task->process(), {kCldKilled, kSigKill});
    }
    tracer.ended_tracees.clear();
    for (const auto& [pid, process] : pid_table().processes())
        if (process->leader_tracer == &tracer) process->leader_tracer = nullptr;
}

std::optional<SigInfo> trace_signal(Task& task, const SigInfo& info) {
    task.detached_signal = 0;
    stop(task, StopKind::Signal, static_cast<u32>(info.signal), info);
    if (task.must_exit) return std::nullopt;
    const int signal =
        task.trace ? std::exchange(task.trace->signal, 0) : std::exchange(task.detached_signal, 0);
    if (signal == 0) return std::nullopt;
    if (signal == info.signal) return task.trace ? task.trace->info : info;
    const Process* tracer = task.trace ? task.trace->tracer : nullptr;
    SigInfo other = SigInfo::from_process(signal, kSiUser, tracer ? tracer->pid : 0, 0);
    if (!task.blocked.has(signal)) return other;
    send_signal(task, other);
    return std::nullopt;
}

void trace_group_stop(Task& task) {
    Process& process = task.process();
    const u32 signal = static_cast<u32>(process.stop_signal);
    const u32 code = task.trace->seized ? signal | kEventStop << 8 : signal;
    stop(task, StopKind::Group, code, trap_info(code));
    if (!task.trace) return;
    if (task.trace->listening) {  // continued meanwhile: that is a stop of its own
        task.trace->wants_stop = true;
        return;
    }
    process.stopped = false;
    process.resumed.wake_all();
}

void trace_wanted_stop(Task& task) {
    if (!std::exchange(task.trace->wants_stop, false)) return;
    constexpr u32 kCode = kSigTrap | kEventStop << 8;
    stop(task, StopKind::Event, kCode, trap_info(kCode));
    send_chosen_signal(task);
}

bool trace_call_entry(Task& task) {
    auto& gpr = task.context.gpr;
    gpr[sfi::RAX] = static_cast<u64>(-static_cast<i64>(Errno::Enosys));
    const bool skips = task.trace->skips_calls;
    if (task.trace->stops_at_calls || skips) {
        const u32 mark = (task.trace->options & kTraceSysGood) != 0 ? kCallMark : 0;
        stop(task, StopKind::CallEntry, kSigTrap | mark, trap_info(kSigTrap | mark));
        send_chosen_signal(task);
    }
    return !skips && static_cast<u32>(task.call_number) != ~u32{0} && !task.must_exit;
}

void trace_call_exit(Task& task) {
    if (!task.trace->stops_at_calls || task.must_exit) return;
    const u32 mark = (task.trace->options & kTraceSysGood) != 0 ? kCallMark : 0;
    stop(task, StopKind::CallExit, kSigTrap | mark, trap_info(kSigTrap | mark));
    send_chosen_signal(task);
}

void trace_event(Task& task, TraceEvent event, u64 message) {
    if ((task.trace->options & option_of(event)) == 0) return;
    const u32 code = kSigTrap | u32{event} << 8;
    task.trace->message = message;
    stop(task, event == kEventSeccomp ? StopKind::Seccomp : StopKind::Event, code, trap_info(code),
         event == kEventExit ? Until::Resumed : Until::ResumedOrKilled);
    send_chosen_signal(task);
}

void trace_exec(Task& task, u32 old_tid) {
    if ((task.trace->options & kTraceExec) != 0)
        trace_event(task, kEventExec, old_tid);
    else if (!task.trace->seized)
        send_signal(task, SigInfo::from_process(kSigTrap, kSiUser, 0, 0));
}

void trace_exit(Task& task) {
    const Process& process = task.process();
    const ExitReason reason =
        process.exiting ? process.reason : ExitReason{kCldExited, task.exit_status & 0xff};
    if (reason.code == kCldKilled && reason.status == kSigKill) return;
    trace_event(task, kEventExit, reason.wait_word());
}

TraceEvent clone_event(u64 clone_flags, int exit_signal) {
    if ((clone_flags & kCloneVfork) != 0) return kEventVfork;
    return exit_signal == kSigChld && (clone_flags & kCloneThread) == 0 ? kEventFork : kEventClone;
}

bool trace_new_task(Task& parent, Task& child, u64 clone_flags, int exit_signal) {
    constexpr u64 kUntraced = 0x80'0000, kPtrace = 0x2000;
    if (!parent.trace || (clone_flags & kUntraced) != 0) return false;
    const bool wanted = (parent.trace->options & option_of(clone_event(clone_flags, exit_signal))) != 0;
    if (!wanted && (clone_flags & kPtrace) == 0) return false;
    attach_tracer(*parent.trace->tracer, child, parent.trace->seized, parent.trace->options);
    if (child.trace->seized)
        child.trace->wants_stop = true;
    else
        (void)child.pending.add(SigInfo::from_process(kSigStop, kSiUser, 0, 0), 0, kUnlimited);
    return true;
}

void end_tracee(Task& task, const ExitReason& reason) {
    Process& process = task.process();
    Process* tracer = task.trace->tracer;
    std::erase(tracer->tracees, &task);
    task.trace = nullptr;
    if (task.tid == process.pid) {
        process.leader_tracer = tracer;
        return;
    }
    tracer->ended_tracees.push_back({task.tid, reason.code, reason.status});
    tracer->child_changed.wake_all();
}

}  // namespace occlum::kernel
