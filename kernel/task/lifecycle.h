// The life of tasks and processes: beginning, changing program, ending, being waited for.
#pragma once

#include <string>
#include <vector>

#include "kernel/exec/exec.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

/// How a task begins: a loop of guest code and system calls that never returns.
void task_main();

/// clone(2)'s arguments, in clone3(2)'s form.
struct CloneArguments {
    u64 flags = 0;  ///< CLONE_*, without the exit signal
    GuestAddr parent_tid, child_tid;
    u64 exit_signal = 0;
    GuestAddr stack;  ///< the new stack pointer; 0: the parent's
    u64 tls = 0;
    u32 set_tid = 0;  ///< 0: any free number
    GuestAddr pidfd;
};
/// The number of the new task, as the caller sees it.
Result<u64> clone_task(const CloneArguments& arguments);

/// A process that is not forked: a group and session of its own. Without a parent: the first one, pid 1.
Result<Ref<Process>> create_process(Process* parent, Ref<FsContext> fs, Ref<FdTable> files,
                                    const Credentials& who);
/// Makes `process`'s first task run the program.
Result<void> start_process(Process& process, LoadedProgram program);
/// Makes it run kernel code instead, which never enters guest code.
Result<void> start_server(Process& process, void (*entry)());
/// One whose program could not be started.
void discard_process(Process& process);

/// What RLIMIT_NPROC bounds.
u64 tasks_of_user(u32 uid);

/// execve(2) for the current task: its threads end, its program is replaced.
Result<void> execute(Ref<OpenFile> file, std::string_view path, std::vector<std::string> arguments,
                     std::vector<std::string> environment);

/// The whole process is to end for this reason; its tasks notice at their next return to guest code.
void begin_exit(Process& process, ExitReason reason);
/// One task is to end.
void begin_task_exit(Task& task, u32 status);
/// The current task ends here and now. For the base of its stack only: nothing above is unwound.
[[noreturn]] void finish_task();

/// Takes a zombie out of the tables and adds its times to its parent's.
void reap(Process& zombie);
/// Tells the parent that a child has stopped or continued.
void report_job_change(Process& process, ExitReason change);

/// POSIX: no member of the group has a parent in another group of its session, so nobody would continue it if
/// it stopped.
bool is_orphaned_group(u32 group);

/// Called once, when the initial process has ended and all others have, too.
using EndHandler = void (*)(ExitReason);
void set_end_handler(EndHandler handler);

/// For the statistics.
struct LifeStats {
    u64 processes = 0, tasks = 0, programs = 0;
};
LifeStats& life_stats();

}  // namespace occlum::kernel
