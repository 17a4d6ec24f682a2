// The end of tasks and processes, and what their parents learn of it.
#include <algorithm>
#include <utility>

#include "kernel/ipc/semaphores.h"
#include "kernel/sched/errands.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpus.h"
#include "kernel/task/futex.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {

namespace {

EndHandler end_handler = nullptr;

void ask_to_exit(Task& task, u32 status) {
    if (!task.must_exit) task.exit_status = status;
    task.must_exit = true;
    // Also out of sleeps that no signal ends; those that must go on look and sleep again.
    wake(task);
    interrupt_task(task);
}

/// True when the parent does not want to wait for its children.
bool reaps_itself(const Process& zombie) {
    if (zombie.exit_signal != kSigChld || !zombie.parent || !zombie.parent->actions) return false;
    const SigAction& action = zombie.parent->actions->of(kSigChld);
    return action.handler == kSigIgnore || (action.flags & kSaNoCldWait);
}

SigInfo child_info(const Process& child, ExitReason change) {
    const Usage times = child.usage();
    constexpr u64 kTickNs = 10'000'000;  // clock_t in siginfo: 100 a second
    return SigInfo::child(change.code, child.pid, child.credentials().uid, change.status,
                          times.user_ns / kTickNs, times.system_ns / kTickNs);
}

/// Takes a zombie out of the tables. What it has used is lost when nobody waits for it (getrusage(2)).
void forget(Process& zombie) {
    if (Process* parent = std::exchange(zombie.parent, nullptr)) std::erase(parent->children, &zombie);
    pid_table().remove(zombie);
}

/// Tells the parent of a zombie, or reaps it when nobody will.
void notify_parent(Process& zombie) {
    Process* parent = zombie.parent;
    if (!parent) return;
    const bool unwanted = reaps_itself(zombie);
    const bool ignored = unwanted && parent->actions->of(kSigChld).handler == kSigIgnore;
    if (zombie.exit_signal != 0 && !ignored) {
        SigInfo info = child_info(zombie, zombie.reason);
        info.signal = zombie.exit_signal;
        send_signal(*parent, info);
    }
    if (unwanted) forget(zombie);
    parent->child_changed.wake_all();
}

/// Who looks after the children of `dead`: the nearest subreaper above, else the initial process.
Process* adopter_of(const Process& dead) {
    for (Process* ancestor = dead.parent; ancestor; ancestor = ancestor->parent)
        if (ancestor->subreaper && !ancestor->exiting) return ancestor;
    const RefPtr<Process> initial = pid_table().process(1);
    return initial && initial.get() != &dead ? initial.get() : nullptr;
}

u32 any_task(const Process& process) { return process.tasks.empty() ? 0 : process.tasks.front()->tid; }

/// A task ends: the children that it made hear of it, and are the next one's.
void leave_children(const Task& task) {
    const Process& process = task.process();
    for (Process* child : process.children) {
        if (child->parent_tid != task.tid) continue;
        child->parent_tid = any_task(process);
        const Ref<Process> keep(*child);
        for (const Task* heir : child->tasks)
            if (heir->parent_death_signal != 0)
                send_signal(*child, SigInfo::from_process(heir->parent_death_signal, kSiUser, process.pid,
                                                          task.credentials().uid));
    }
}

void give_away_children(Process& dead) {
    Process* adopter = adopter_of(dead);
    for (Process* child : std::exchange(dead.children, {})) {
        child->parent = adopter;
        child->parent_tid = adopter ? any_task(*adopter) : 0;
        if (adopter) adopter->children.push_back(child);
        child->exit_signal = kSigChld;
        if (child->zombie) notify_parent(*child);
    }
}

/// POSIX: a stopped group that has lost its last link to its session is hung up and continued.
void hang_up_orphaned_group(u32 group) {
    const auto is_stopped = [&](const auto& entry) {
        return entry.second->group == group && !entry.second->zombie && entry.second->stopped;
    };
    if (!std::ranges::any_of(pid_table().processes(), is_stopped) || !is_orphaned_group(group)) return;
    (void)send_signal_to_group(group, SigInfo::kernel(kSigHup));
    (void)send_signal_to_group(group, SigInfo::kernel(kSigCont));
}

void release_resources(Process& process) {
    process.ended_tasks = process.usage();
    process.alarm.disarm();
    process.timers.clear();
    process.cpu_timers.detach_all();
    process.executable = nullptr;
    process.memory = nullptr;
    process.pending.clear();
    if (std::exchange(process.vfork_pending, false)) process.vfork_done.wake_all();
}

/// The initial process is the last to go.
void end_all_others(Process& initial) {
    for (const auto& [pid, process] : pid_table().processes())
        if (process.get() != &initial && !process->is_server) begin_exit(*process, {kCldKilled, kSigKill});
    const auto alone = [&] {
        return std::ranges::all_of(pid_table().processes(), [&](const auto& entry) {
            const Process& process = *entry.second;
            return &process == &initial || process.zombie || process.is_server;
        });
    };
    while (!alone()) (void)wait_until(initial.child_changed, alone, std::nullopt, Sleep::Uninterruptible);
    if (end_handler) end_handler(initial.reason);
}

void finish_process(Process& process) {
    if (process.pid == 1) end_all_others(process);
    release_resources(process);
    release_tracees(process);
    give_away_children(process);
    process.zombie = true;
    end_terminal_session(process);
    process.ended.wake_all();
    undo_semaphores(process.pid);
    hang_up_orphaned_group(process.group);
    if (Process* tracer = std::exchange(process.leader_tracer, nullptr); tracer && tracer != process.parent) {
        tracer->ended_tracees.push_back({process.pid, process.reason.code, process.reason.status});
        tracer->child_changed.wake_all();
    }
    notify_parent(process);
    // Its children have another parent by now, but the initial process waits for everybody.
    if (const RefPtr<Process> initial = pid_table().process(1)) initial->child_changed.wake_all();
}

}  // namespace

bool is_orphaned_group(u32 group) {
    for (const auto& [pid, member] : pid_table().processes()) {
        if (member->group != group || member->zombie) continue;
        const Process* parent = member->parent;
        if (parent && !parent->zombie && parent->group != group && parent->session == member->session)
            return false;
    }
    return true;
}

void set_end_handler(EndHandler handler) { end_handler = handler; }

void begin_exit(Process& process, ExitReason reason) {
    if (process.zombie || process.exiting) return;
    process.exiting = true;
    process.reason = reason;
    process.stopped = false;
    for (Task* task : process.tasks) ask_to_exit(*task, reason.status);
}

void begin_task_exit(Task& task, u32 status) {
    if (task.process().tasks.size() == 1)
        begin_exit(task.process(), {kCldExited, status & 0xff});
    else
        ask_to_exit(task, status);
}

void finish_task() {
    Task& task = current_task();
    Process& process = task.process();
    if (task.trace) trace_exit(task);
    if (task.trace)
        end_tracee(task, process.exiting ? process.reason : ExitReason{kCldExited, task.exit_status & 0xff});
    release_thread(task);
    task.files = nullptr;
    task.view = nullptr;
    std::erase(process.tasks, &task);
    leave_children(task);
    process.ended_tasks.add(task.usage());
    if (process.tasks.empty()) {
        if (!process.exiting) {
            process.exiting = true;
            process.reason = {kCldExited, task.exit_status & 0xff};
        }
        finish_process(process);
    } else {
        process.task_ended.wake_all();
    }
    pid_table().remove(task);
    disown_errands(task);
    leave_cpu_for_ever();
}

void reap(Process& zombie) {
    if (Process* parent = zombie.parent) {
        parent->ended_children.add(zombie.usage());
        parent->ended_children.add(zombie.ended_children);
    }
    forget(zombie);
}

void report_job_change(Process& process, ExitReason change) {
    Process* parent = process.parent;
    if (!parent || !parent->actions) return;
    const SigAction& action = parent->actions->of(kSigChld);
    if (!(action.flags & kSaNoCldStop)) send_signal(*parent, child_info(process, change));
    parent->child_changed.wake_all();
}

}  // namespace occlum::kernel
