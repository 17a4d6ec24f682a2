// Signals: dispositions, masks, sending, waiting, returning from handlers.
#include "enclave/host.h"
#include "kernel/signal/frame.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/send.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

constexpr u64 kSetSize = sizeof(u64);
constexpr u64 kSmallestStack = 2048;

bool is_signal(int number) { return number >= 1 && number <= kSigMax; }

bool may_signal(const Process& target, const Credentials& whom, int signal) {
    const Process& self = current_process();
    const Credentials& who = current_credentials();
    if (who.has(Capability::Kill) || &self == &target) return true;
    if (signal == kSigCont && target.session == self.session) return true;
    return who.euid == whom.uid || who.euid == whom.suid || who.uid == whom.uid || who.uid == whom.suid;
}

Result<void> send_checked(Process& target, const Credentials& whom, const SigInfo& info) {
    if (!may_signal(target, whom, info.signal)) return err(Errno::Eperm);
    if (info.signal != 0 && !send_signal(target, info)) return err(Errno::Eagain);
    return {};
}

/// To the process that the number means. It may be any of its threads', which is then asked for permission.
Result<void> signal_number(u32 number, const SigInfo& info) {
    if (const auto task = pid_table().task(number))
        return send_checked(task->process(), task->credentials(), info);
    if (const auto process = pid_table().process(number)) return signal_process(*process, info);
    return err(Errno::Esrch);
}

/// Success when at least one could be signalled.
template <typename Chosen>
Result<u64> signal_many(const SigInfo& info, Chosen chosen) {
    std::vector<Ref<Process>> targets;
    for (const auto& [pid, process] : pid_table().processes())
        if (chosen(*process)) targets.push_back(process);
    if (targets.empty()) return err(Errno::Esrch);
    Result<u64> outcome = err(Errno::Eperm);
    for (const Ref<Process>& target : targets)
        if (signal_process(*target, info)) outcome = 0;
    return outcome;
}

Result<u64> signal_task(u32 group, u32 tid, const SigInfo& info) {
    if (static_cast<i32>(tid) <= 0) return err(Errno::Einval);
    if (info.signal != 0 && !is_signal(info.signal)) return err(Errno::Einval);
    const auto task = pid_table().task(tid);
    if (!task || (group != 0 && task->process().pid != group)) return err(Errno::Esrch);
    if (!may_signal(task->process(), task->credentials(), info.signal)) return err(Errno::Eperm);
    if (info.signal != 0 && !send_signal(*task, info)) return err(Errno::Eagain);
    return 0;
}

/// A siginfo that a program made: it may not pretend to come from the kernel or from kill(2).
Result<SigInfo> read_queued_info(u64 address, int signal, u32 target) {
    SigInfo info = TRY(read_user(UserIn<SigInfo>{GuestAddr{address}}));
    info.signal = signal;
    if ((info.code >= 0 || info.code == kSiTkill) && target != current_process().pid)
        return err(Errno::Eperm);
    return info;
}

/// Sleeps until a signal is handled; the caller's mask has been set.
Result<u64> sleep_for_signal() {
    for (;;)
        if (const auto slept = block(std::nullopt); !slept) return err(Errno::Erestartnohand);
}

}  // namespace

SigInfo own_signal_info(int signal, i32 code) {
    const Process& self = current_process();
    return SigInfo::from_process(signal, code, self.pid, current_credentials().uid);
}

Result<void> signal_process(Process& target, const SigInfo& info) {
    return send_checked(target, target.credentials(), info);
}

Result<u64> sys_rt_sigaction(const SyscallArgs& args) {
    const int signal = as_int(args[0]);
    if (args[3] != kSetSize || !is_signal(signal)) return err(Errno::Einval);
    Process& process = current_process();
    SigAction& action = process.actions->of(signal);
    const SigAction old = action;
    if (args[1] != 0) {
        if (kUnblockable.has(signal)) return err(Errno::Einval);
        SigAction wanted = TRY(read_user(UserIn<SigAction>{GuestAddr{args[1]}}));
        wanted.mask &= ~kUnblockable.bits();
        wanted.flags &= kSaKnown;
        action = wanted;
        constexpr SigSet kIgnoredByDefault = SigSet::of(kSigChld, kSigCont, kSigUrg, kSigWinch);
        if (action.handler == kSigIgnore ||
            (action.handler == kSigDefault && kIgnoredByDefault.has(signal))) {
            process.pending.remove(SigSet::of(signal));
            for (Task* task : process.tasks) task->pending.remove(SigSet::of(signal));
        }
    }
    if (args[2] != 0) TRY(write_user(UserOut<SigAction>{GuestAddr{args[2]}}, old));
    return 0;
}

Result<u64> sys_rt_sigprocmask(const SyscallArgs& args) {
    if (args[3] != kSetSize) return err(Errno::Einval);
    Task& task = current_task();
    const SigSet old = task.blocked;
    if (args[1] != 0) {
        const SigSet set(TRY(read_user(UserIn<u64>{GuestAddr{args[1]}})));
        switch (as_int(args[0])) {
            case 0:
                set_blocked(task, old | set);
                break;
            case 1:
                set_blocked(task, old & ~set);
                break;
            case 2:
                set_blocked(task, set);
                break;
            default:
                return err(Errno::Einval);
        }
    }
    if (args[2] != 0) TRY(write_user(UserOut<u64>{GuestAddr{args[2]}}, old.bits()));
    return 0;
}

Result<u64> sys_rt_sigpending(const SyscallArgs& args) {
    if (args[1] > kSetSize) return err(Errno::Einval);
    const Task& task = current_task();
    const SigSet pending = (task.pending.set() | task.process().pending.set()) & task.blocked;
    TRY(write_user(UserOut<u64>{GuestAddr{args[0]}}, pending.bits()));
    return 0;
}

Result<u64> sys_rt_sigsuspend(const SyscallArgs& args) {
    if (args[1] != kSetSize) return err(Errno::Einval);
    set_temporary_mask(current_task(), SigSet(TRY(read_user(UserIn<u64>{GuestAddr{args[0]}}))));
    return sleep_for_signal();
}

Result<u64> sys_pause(const SyscallArgs&) { return sleep_for_signal(); }

Result<u64> sys_rt_sigtimedwait(const SyscallArgs& args) {
    if (args[3] != kSetSize) return err(Errno::Einval);
    const SigSet wanted = SigSet(TRY(read_user(UserIn<u64>{GuestAddr{args[0]}}))) & ~kUnblockable;
    std::optional<u64> deadline;
    if (args[2] != 0) {
        const u64 duration = TRY(read_timespec_ns(args[2]));
        deadline = deadline_after(enclave::monotonic_ns(), duration);
    }
    Task& task = current_task();
    for (;;) {
        if (const auto info = take_signal(task, ~wanted)) {
            if (args[1] != 0) TRY(write_user(UserOut<SigInfo>{GuestAddr{args[1]}}, *info));
            return static_cast<u64>(info->signal);
        }
        task.waiting_for = wanted;
        const auto slept = block(deadline);
        task.waiting_for = SigSet();
        if (slept) continue;
        const bool late_arrival = !((task.pending.set() | task.process().pending.set()) & wanted).empty();
        if (!late_arrival) return err(slept.error() == Errno::Etimedout ? Errno::Eagain : Errno::Eintr);
    }
}

Result<u64> sys_rt_sigreturn(const SyscallArgs&) {
    Task& task = current_task();
    if (!pop_signal_frame(task)) force_signal(task, SigInfo::kernel(kSigSegv));
    // All registers are the frame's, also the one for the result.
    return task.context.gpr[sfi::RAX];
}

Result<u64> sys_sigaltstack(const SyscallArgs& args) {
    Task& task = current_task();
    const u64 sp = task.context.gpr[sfi::RSP];
    const AltStack old = reported_stack(task, sp);
    if (args[0] != 0) {
        AltStack stack = TRY(read_user(UserIn<AltStack>{GuestAddr{args[0]}}));
        if (on_alternate_stack(task, sp)) return err(Errno::Eperm);
        const u32 mode = stack.flags & ~u32{kSsAutoDisarm};
        if (mode != 0 && mode != kSsDisable && mode != kSsOnStack) return err(Errno::Einval);
        if (mode == kSsDisable) {
            stack = {};
        } else {
            if (stack.size < kSmallestStack) return err(Errno::Enomem);
            stack.flags &= u32{kSsAutoDisarm};
            stack.padding = 0;
        }
        task.alternate_stack = stack;
    }
    if (args[1] != 0) TRY(write_user(UserOut<AltStack>{GuestAddr{args[1]}}, old));
    return 0;
}

Result<u64> sys_kill(const SyscallArgs& args) {
    const i32 pid = as_int(args[0]);
    const int signal = as_int(args[1]);
    if (signal != 0 && !is_signal(signal)) return err(Errno::Einval);
    const SigInfo info = own_signal_info(signal, kSiUser);
    const Process& self = current_process();
    if (pid > 0) {
        TRY(signal_number(static_cast<u32>(pid), info));
        return 0;
    }
    if (pid == -1) {
        const auto chosen = [&](const Process& process) { return process.pid != 1 && &process != &self; };
        // Those that may not be signalled do not count here.
        const Result<u64> sent = signal_many(info, chosen);
        return !sent && sent.error() == Errno::Eperm ? 0 : sent;
    }
    const u32 group = pid == 0 ? self.group : 0u - static_cast<u32>(pid);
    return signal_many(info, [&](const Process& process) { return process.group == group; });
}

Result<u64> sys_tgkill(const SyscallArgs& args) {
    if (as_int(args[0]) <= 0) return err(Errno::Einval);
    return signal_task(as_u32(args[0]), as_u32(args[1]), own_signal_info(as_int(args[2]), kSiTkill));
}

Result<u64> sys_tkill(const SyscallArgs& args) {
    return signal_task(0, as_u32(args[0]), own_signal_info(as_int(args[1]), kSiTkill));
}

Result<u64> sys_rt_sigqueueinfo(const SyscallArgs& args) {
    const int signal = as_int(args[1]);
    if (signal != 0 && !is_signal(signal)) return err(Errno::Einval);
    const SigInfo info = TRY(read_queued_info(args[2], signal, as_u32(args[0])));
    TRY(signal_number(as_u32(args[0]), info));
    return 0;
}

Result<u64> sys_rt_tgsigqueueinfo(const SyscallArgs& args) {
    if (as_int(args[0]) <= 0 || as_int(args[1]) <= 0) return err(Errno::Einval);
    const auto task = pid_table().task(as_u32(args[1]));
    const u32 target = task ? task->process().pid : 0;
    const SigInfo info = TRY(read_queued_info(args[3], as_int(args[2]), target));
    return signal_task(as_u32(args[0]), as_u32(args[1]), info);
}

}  // namespace occlum::kernel
