// A task: one guest thread, with its kernel stack.
#pragma once

#include <memory>
#include <string>

#include "kernel/assist/assist.h"
#include "kernel/sched/kernel_stack.h"
#include "kernel/sched/policy.h"
#include "kernel/task/memory_policy.h"
#include "kernel/task/process.h"
#include "kernel/task/restart.h"
#include "kernel/trace/seccomp.h"
#include "kernel/trace/trace.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

enum class TaskState : u8 { Runnable, Running, Sleeping, Dead };

struct FutexWaiter;

class Task : public RefCounted {
public:
    Task(u32 tid, Ref<Process> process, Ref<const SharedCredentials> who, KernelStack stack);
    ~Task() override;

    u32 tid;  ///< changes only when a thread other than the leader calls execve(2)
    Process& process() const { return *process_; }

    const Credentials& credentials() const { return credentials_->value; }
    const Ref<const SharedCredentials>& shared_credentials() const { return credentials_; }
    void set_credentials(Credentials changed);
    /// For a sibling. What the task refers to in a call that sleeps lasts.
    void forbid_new_privileges();

    // Shared by CLONE_FILES and CLONE_FS, and replaced by unshare(2). Null once the task ends.
    RefPtr<FdTable> files;
    RefPtr<FsContext> view;

    // Guest state. The vector registers are in `vectors` only while another task runs.
    sfi::GuestContext context;
    VectorState vectors{};
    u64 guest_fs = 0, guest_gs = 0;

    // Scheduling (kernel/sched only).
    KernelStack stack;
    u64 kernel_sp = 0;  ///< while not running
    TaskState state = TaskState::Sleeping;
    bool woken = false;          ///< a wake-up came that block() has not reported yet
    bool interruptible = false;  ///< sleeps so that a signal may wake it
    bool just_woken = false;     ///< runnable because it was woken, not because its turn was over
    Task* next_runnable = nullptr;
    u32 queued_by = 0;  ///< the vCPU that has it first (run_queue.h)
    u64 queued_as = 0;
    u64 fair_ns = 0;    ///< run time divided by its weight (run_queue.h)
    u32 lent_rank = 0;  ///< the best of those who wait for its locks (futex_lock.cpp)
    u64 run_ns = 0, run_since_ns = 0;
    // User time, in cycles of the processor. A stint is the time in guest code between two events in the
    // kernel that are worth a look at the counter: calls that take less than that do not end it.
    u64 guest_cycles = 0;
    u64 guest_since_cycles = 0;  ///< 0: no stint
    u64 brief_calls = 0;         ///< within the stint
    void begin_stint();
    void end_stint(u64 now_cycles);
    u64 voluntary_switches = 0, involuntary_switches = 0, minor_faults = 0;
    Usage usage() const;
    u32 last_cpu = ~u32{0};
    u64 affinity = ~u64{0};
    Scheduling scheduling;
    u32 real_time_priority() const { return scheduling.is_real_time() ? scheduling.priority : 0; }

    // Signals.
    SigSet blocked;
    SigSet saved_blocked;  ///< what set_temporary_mask() replaced
    bool mask_is_temporary = false;
    SigSet waiting_for;  ///< rt_sigtimedwait(2): these wake it although blocked
    SignalQueue pending;
    AltStack alternate_stack;
    bool must_exit = false;  ///< this task is to end, with exit_status, at its next return to guest code
    u32 exit_status = 0;

    // System call in progress, for restarting it.
    u64 call_number = 0;
    bool in_system_call = false;

    Restart restart;

    // What the last trap left for signal frames.
    u64 trap_number = 0, trap_error = 0, trap_address = 0;

    // ptrace(2).
    std::unique_ptr<TraceState> trace;  ///< of a tracee
    WaitQueue trace_resumed;
    int detached_signal = 0;  ///< what it was detached with, in a stop for a signal
    SeccompMode seccomp_mode = SeccompMode::None;
    RefPtr<SeccompFilter> seccomp_filter;
    bool inside_call = false;  ///< of a tracee: between the two ends of a system call

    // Threads.
    std::string name;  ///< comm
    u64 timer_slack_ns = 50'000;
    bool over_task_limit = false;  ///< became a user with more than RLIMIT_NPROC tasks: no execve(2)
    MemoryPolicy memory_policy;
    int parent_death_signal = 0;
    GuestAddr clear_child_tid;
    GuestAddr robust_list;
    FutexWaiter* waiting_for_lock = nullptr;  ///< a futex of the kind that knows its owner

private:
    u64 stint_cycles(u64 now_cycles) const;

    Ref<Process> process_;
    Ref<const SharedCredentials> credentials_;
    RefPtr<const SharedCredentials> before_sibling_;  ///< what forbid_new_privileges() replaced
};

}  // namespace occlum::kernel
