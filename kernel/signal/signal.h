// Sending signals, and what blocking calls ask about them. All under the kernel lock.
#pragma once

#include <array>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/signal/queue.h"

namespace occlum::kernel {

class Process;
class Task;

/// The dispositions of a process; shared by CLONE_SIGHAND.
class SignalActions : public RefCounted {
public:
    Ref<SignalActions> clone() const;
    SigAction& of(int signal) { return actions_.at(static_cast<size_t>(signal) - 1); }
    const SigAction& of(int signal) const { return actions_.at(static_cast<size_t>(signal) - 1); }
    /// execve(2): handlers become default, ignored ones stay.
    void reset_handlers();

private:
    std::array<SigAction, kSigMax> actions_{};
};

/// To a process: any task of it that does not block the signal may take it. A zombie takes none. False: the
/// queue is full (RLIMIT_SIGPENDING).
bool send_signal(Process& process, const SigInfo& info);
/// The same of a timer that this task's running has let expire: it takes the signal, if it may.
bool send_signal_of_usage(Task& task, const SigInfo& info);
bool send_signal(Task& task, const SigInfo& info);
/// The next signal for the task that is not in `blocked`, off its own queue or the process's.
std::optional<SigInfo> take_signal(Task& task, SigSet blocked);
/// To every process of the group (terminals do this). ESRCH when there is none.
Result<void> send_signal_to_group(u32 group, const SigInfo& info);
/// For an instruction of the current task (or a write to a broken pipe): cannot be ignored or blocked; if it
/// is, the process dies of it.
void force_signal(Task& task, SigInfo info);

/// True when the task has an unblocked signal to handle, must stop or must die: interruptible calls then
/// end with ERESTARTSYS.
bool signal_pending(const Task& task);

/// For ppoll, pselect6, epoll_pwait, rt_sigsuspend: this mask holds until the call returns to the guest or a
/// handler starts, whichever is first; then the old one is back.
void set_temporary_mask(Task& task, SigSet mask);
void set_blocked(Task& task, SigSet mask);

}  // namespace occlum::kernel
