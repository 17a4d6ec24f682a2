// A process: what its tasks (threads) share. A thread group in Linux's words.
//
//   PidTable ──Ref──> Process (living and zombie) <──Ref── Task ──owns──> KernelStack
//   Process ──Ref──> AddressSpace, SignalActions                          (null once it is a zombie)
//   Task    ──Ref──> FdTable, FsContext                                   (null once it has ended)
//   parent and children refer to each other by plain pointers, which reaping and exiting keep right:
//   a process outlives its children's pointers to it because they are re-parented first.
#pragma once

#include <string>
#include <vector>

#include "kernel/fs/fd_table.h"
#include "kernel/fs/fs_context.h"
#include "kernel/mm/address_space.h"
#include "kernel/sched/wait_queue.h"
#include "kernel/signal/signal.h"
#include "kernel/task/credentials.h"
#include "kernel/task/current.h"
#include "kernel/task/limits.h"
#include "kernel/task/usage.h"
#include "kernel/time/interval_timer.h"
#include "kernel/trace/trace.h"

namespace occlum::kernel {

/// What wait(2) and SIGCHLD tell: CLD_* and the exit status or signal.
struct ExitReason {
    i32 code = 0;
    u32 status = 0;
    /// The word that wait4(2) stores.
    u32 wait_word() const;
};

/// What a process can set and ask for, without effect here; its children have the same.
struct KeptSettings {
    bool no_huge_pages = false, merge_memory = false;
    u8 memory_error_policy = 2;                ///< PR_MCE_KILL_DEFAULT
    i32 kill_score = 0, least_kill_score = 0;  ///< oom_score_adj, and how low it may be without privilege
    u32 dumped_mappings = 0x33;                ///< coredump_filter
};

class Process : public RefCounted {
public:
    Process(u32 pid, Ref<const SharedCredentials> who) : pid(pid), credentials_(std::move(who)) {}

    const u32 pid;
    u32 group = 0, session = 0;

    // Null in a zombie.
    RefPtr<AddressSpace> memory;
    RefPtr<SignalActions> actions;
    RefPtr<OpenFile> executable;  ///< /proc/<pid>/exe

    ResourceLimits limits;
    std::string name;  ///< comm of the first thread, at most 15 bytes
    std::vector<u8> command_line, environment, auxiliary;
    u64 start_ns = 0;     ///< monotonic
    u16 profiled_as = 0;  ///< the program's number in kernel/profile; 0: not known yet

    // Family.
    Process* parent = nullptr;
    std::vector<Process*> children;
    std::vector<Task*> tasks;  ///< living ones; the first is the leader unless that has exited
    WaitQueue child_changed;   ///< parents wait here for their children
    int exit_signal = kSigChld;
    u32 parent_tid = 0;  ///< of the parent's task that made it, or of one that came after that
    bool subreaper = false;
    bool dumpable = true;
    KeptSettings kept;
    bool executed = false;  ///< has done execve since fork: setpgid by the parent is too late

    // Life.
    bool is_server = false;  ///< the LibOS's own, pid 1 of a running instance: no signal reaches it
    bool exiting = false;    ///< the whole group is to end, with `reason`
    bool zombie = false;
    ExitReason reason;
    Task* executing = nullptr;  ///< the task in execve(2) that waits for the others to end
    WaitQueue task_ended;
    WaitQueue ended;  ///< pidfds wait here
    WaitQueue vfork_done;
    bool vfork_pending = false;  ///< a vfork(2) parent waits for exec or exit

    // ptrace(2).
    std::vector<Task*> tracees;
    std::vector<EndedTracee> ended_tracees;
    Process* leader_tracer = nullptr;  ///< who traced the first thread until its end

    // Stop and continue.
    bool stopped = false;
    int stop_signal = 0;
    bool report_stop = false, report_continue = false;
    WaitQueue resumed;

    SignalQueue pending;
    WaitQueue signalled;  ///< signalfd(2) waits here for signals to the process or a task of it
    RealTimer alarm;
    UsageTimer virtual_alarm{CpuClock::What::User, kSigVtalrm},
        profiling_alarm{CpuClock::What::Total, kSigProf};
    PosixTimers timers;
    CpuTimers cpu_timers;
    Usage ended_tasks;  ///< of tasks that have exited, or of the whole zombie
    Usage ended_children;
    u32 personality = 0;
    u32 barrier_registrations = 0;  ///< membarrier(2)

    /// What the first task is to begin with.
    RefPtr<FdTable> first_files;
    RefPtr<FsContext> first_view;
    /// The first task, if it has not ended.
    RefPtr<Task> leader() const;
    /// The first task's, which count where the process as a whole is meant. Null after its end.
    RefPtr<FdTable> files() const;
    RefPtr<FsContext> view() const;

    AddressSpace& address_space() { return *memory; }
    Usage usage() const;
    void own_timers();

    /// Each task has credentials of its own (task.h). These are the first thread's, also after its end: they
    /// count where the process as a whole is meant.
    const Credentials& credentials() const { return credentials_->value; }
    const Ref<const SharedCredentials>& shared_credentials() const { return credentials_; }
    void set_leader_credentials(Ref<const SharedCredentials> who) { credentials_ = std::move(who); }

private:
    Ref<const SharedCredentials> credentials_;
};

}  // namespace occlum::kernel
