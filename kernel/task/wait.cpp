#include "kernel/task/wait.h"

#include "kernel/task/lifecycle.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

bool matches(const Process& child, const WaitSelector& which, u32 options) {
    const bool ordinary = child.exit_signal == kSigChld;
    if (!(options & kWaitAll) && ordinary == ((options & kWaitClone) != 0)) return false;
    if ((options & kWaitNoThread) && child.parent_tid != current_task().tid) return false;
    switch (which.kind) {
        case WaitSelector::Kind::Pid:
            return child.pid == which.number;
        case WaitSelector::Kind::Group:
            return child.group == which.number;
        default:
            return true;
    }
}

std::optional<ExitReason> change_of(Process& child, u32 options) {
    const bool keep = (options & kWaitNoReap) != 0;
    if (child.zombie) {
        if (options & kWaitExited) return child.reason;
        return std::nullopt;
    }
    if ((options & kWaitStopped) && child.stopped && child.report_stop) {
        child.report_stop = keep;
        return ExitReason{kCldStopped, static_cast<u32>(child.stop_signal)};
    }
    if ((options & kWaitContinued) && child.report_continue) {
        child.report_continue = keep;
        return ExitReason{kCldContinued, kSigCont};
    }
    return std::nullopt;
}

bool names(const WaitSelector& which, u32 tid, u32 group) {
    switch (which.kind) {
        case WaitSelector::Kind::Pid:
            return tid == which.number;
        case WaitSelector::Kind::Group:
            return group == which.number;
        default:
            return true;
    }
}

/// The first tracee with something to tell; one that could have counts as a child.
std::optional<WaitResult> look_at_tracees(Process& tracer, const WaitSelector& which, u32 options,
                                          bool& any) {
    for (Task* task : tracer.tracees) {
        if (!names(which, task->tid, task->process().group)) continue;
        any = true;
        TraceState& state = *task->trace;
        if (state.stop == StopKind::None || !state.report) continue;
        state.report = (options & kWaitNoReap) != 0;
        return WaitResult{task->tid, task->credentials().uid, {kCldTrapped, state.code}, task->usage()};
    }
    if (!(options & kWaitExited)) return std::nullopt;
    for (size_t i = 0; i < tracer.ended_tracees.size(); ++i) {
        const EndedTracee ended = tracer.ended_tracees[i];
        if (!names(which, ended.tid, 0)) continue;
        any = true;
        if (!(options & kWaitNoReap))
            tracer.ended_tracees.erase(tracer.ended_tracees.begin() + static_cast<std::ptrdiff_t>(i));
        return WaitResult{ended.tid, 0, {ended.code, ended.status}, {}};
    }
    return std::nullopt;
}

/// The first child with something to tell. ECHILD: none could ever have.
Result<WaitResult> look(Process& parent, const WaitSelector& which, u32 options) {
    bool any = false;
    if (const auto traced = look_at_tracees(parent, which, options, any)) return *traced;
    for (Process* child : parent.children) {
        if (!matches(*child, which, options)) continue;
        // One that has ended will not stop any more.
        if (child->zombie && !(options & kWaitExited)) continue;
        any = true;
        const auto change = change_of(*child, options);
        if (!change) continue;
        Usage usage = child->usage();
        usage.add(child->ended_children);
        const WaitResult result{child->pid, child->credentials().uid, *change, usage};
        if (child->zombie && !(options & kWaitNoReap)) reap(*child);
        return result;
    }
    if (!any) return err(Errno::Echild);
    return WaitResult{};
}

}  // namespace

Result<WaitResult> wait_for_child(const WaitSelector& which, u32 options) {
    Process& parent = current_process();
    WaitResult found = TRY(look(parent, which, options));
    if (found.pid != 0 || (options & kWaitNoHang)) return found;
    const WaitEntry entry(parent.child_changed, current_task());
    for (;;) {
        found = TRY(look(parent, which, options));
        if (found.pid != 0) return found;
        TRY(block(std::nullopt));
    }
}

}  // namespace occlum::kernel
