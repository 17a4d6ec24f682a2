// signal(7): the fate of each pending signal, and of the system call that it interrupted.
#include "kernel/signal/deliver.h"

#include "kernel/sched/scheduler.h"
#include "kernel/signal/frame.h"
#include "kernel/syscall/trace.h"
#include "kernel/task/lifecycle.h"

namespace occlum::kernel {

namespace {

constexpr SigSet kDumping = SigSet::of(kSigQuit, kSigIll, kSigTrap, kSigAbrt, kSigBus, kSigFpe, kSigSegv,
                                       kSigSys, kSigXcpu, kSigXfsz);
constexpr SigSet kIgnored = SigSet::of(kSigChld, kSigCont, kSigUrg, kSigWinch);
constexpr u64 kSyscallSize = 2;
constexpr u64 kRestartSyscallNumber = 219;

/// -errno of the call in progress, when it is one of the kernel-internal restart codes.
Errno restart_code(const Task& task) {
    if (!task.in_system_call) return Errno{};
    const i64 result = static_cast<i64>(task.context.gpr[sfi::RAX]);
    switch (result) {
        case -static_cast<i64>(Errno::Erestartsys):
            return Errno::Erestartsys;
        case -static_cast<i64>(Errno::Erestartnointr):
            return Errno::Erestartnointr;
        case -static_cast<i64>(Errno::Erestartnohand):
            return Errno::Erestartnohand;
        case -static_cast<i64>(Errno::Erestart_restartblock):
            return Errno::Erestart_restartblock;
        default:
            return Errno{};
    }
}

void repeat_call(Task& task, u64 number) {
    task.context.gpr[sfi::RAX] = number;
    task.context.rip -= kSyscallSize;
}

/// No handler runs: the call goes on as if nothing had been.
void restart_without_handler(Task& task) {
    const Errno code = restart_code(task);
    if (code == Errno{}) return;
    task.in_system_call = false;
    repeat_call(task, code == Errno::Erestart_restartblock ? kRestartSyscallNumber : task.call_number);
}

/// A handler runs first: then the call is repeated or ends with EINTR.
void settle_call_before_handler(Task& task, const SigAction& action) {
    const Errno code = restart_code(task);
    if (code == Errno{}) return;
    task.in_system_call = false;
    const bool repeat =
        code == Errno::Erestartnointr || (code == Errno::Erestartsys && (action.flags & kSaRestart));
    if (repeat)
        repeat_call(task, task.call_number);
    else
        task.context.gpr[sfi::RAX] = static_cast<u64>(-static_cast<i64>(Errno::Eintr));
}

/// Sleeps while the process is stopped. Signals other than SIGCONT and SIGKILL stay pending.
void stay_stopped(Task& task) {
    Process& process = task.process();
    while (process.stopped && !task.must_exit)
        (void)wait_until(
            process.resumed, [&] { return !process.stopped || task.must_exit; }, std::nullopt,
            Sleep::Uninterruptible);
}

void stop_process(Process& process, int signal) {
    process.stopped = true;
    process.stop_signal = signal;
    process.report_stop = true;
    process.report_continue = false;
    for (Task* task : process.tasks) interrupt_for_signal(*task);
    report_job_change(process, {kCldStopped, static_cast<u32>(signal)});
}

void end_by_signal(Process& process, int signal) {
    const bool dumps = kDumping.has(signal) && process.limits.of(Resource::Core).soft != 0;
    begin_exit(process, {dumps ? kCldDumped : kCldKilled, static_cast<u32>(signal)});
}

void run_default(Process& process, int signal) {
    if (kIgnored.has(signal)) return;
    if (!kStopSignals.has(signal))
        end_by_signal(process, signal);
    else if (signal == kSigStop || !is_orphaned_group(process.group))
        stop_process(process, signal);
}

void run_handler(Task& task, SigAction& disposition, const SigInfo& info) {
    const SigAction action = disposition;
    settle_call_before_handler(task, action);
    const SigSet old_mask = task.mask_is_temporary ? task.saved_blocked : task.blocked;
    if (action.flags & kSaResetHand) disposition.handler = kSigDefault;
    if (!push_signal_frame(task, action, info, old_mask)) {
        // No room for the frame: SIGSEGV, which nobody can catch if it is SIGSEGV that does not fit.
        if (info.signal == kSigSegv) task.process().actions->of(kSigSegv).handler = kSigDefault;
        force_signal(task, SigInfo::kernel(kSigSegv));
        return;
    }
    task.mask_is_temporary = false;
    SigSet mask = task.blocked | SigSet(action.mask);
    if (!(action.flags & kSaNoDefer)) mask.add(info.signal);
    set_blocked(task, mask);
}

}  // namespace

bool needs_delivery(const Task& task) {
    return task.in_system_call || task.mask_is_temporary || signal_pending(task);
}

void deliver_signals(Task& task) {
    Process& process = task.process();
    for (;;) {
        if (process.stopped && task.trace) trace_group_stop(task);
        if (process.stopped) stay_stopped(task);
        if (task.must_exit) return;
        if (task.trace) trace_wanted_stop(task);
        auto info = take_signal(task, task.blocked);
        if (!info) break;
        if (task.trace) {
            info = trace_signal(task, *info);
            if (!info) continue;
        }
        if (tracing()) log_signal(task, *info);
        SigAction& disposition = process.actions->of(info->signal);
        if (disposition.handler == kSigIgnore) continue;
        if (disposition.handler == kSigDefault)
            run_default(process, info->signal);
        else
            run_handler(task, disposition, *info);
    }
    restart_without_handler(task);
    task.in_system_call = false;
    if (std::exchange(task.mask_is_temporary, false)) {
        set_blocked(task, task.saved_blocked);
        // Signals that the temporary mask kept back are due now.
        if (signal_pending(task)) deliver_signals(task);
    }
}

void raise_trap(Task& task, const GuestTrap& trap) {
    if (trap.killed) {
        begin_exit(task.process(), {kCldKilled, kSigKill});
        return;
    }
    constexpr u8 kPageFault = 14;
    task.trap_number = trap.vector;
    task.trap_error = trap.error_code;
    if (trap.vector == kPageFault) task.trap_address = trap.address.value;
    SigInfo info = SigInfo::fault(trap.signal, trap.code, trap.address.value);
    force_signal(task, info);
}

}  // namespace occlum::kernel
