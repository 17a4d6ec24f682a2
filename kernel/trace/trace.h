// ptrace(2): who traces whom, and where tracees stop.
#pragma once

#include <optional>

#include "kernel/signal/types.h"

namespace occlum::kernel {

class Process;
class Task;
struct ExitReason;

enum TraceOption : u32 {
    kTraceSysGood = 1,
    kTraceFork = 2,
    kTraceVfork = 4,
    kTraceClone = 8,
    kTraceExec = 0x10,
    kTraceVforkDone = 0x20,
    kTraceExit = 0x40,
    kTraceSeccomp = 0x80,
    kTraceExitKill = 1 << 20,
    kTraceOptions = 0xff | kTraceExitKill,
};

enum TraceEvent : u32 {
    kEventFork = 1,
    kEventVfork = 2,
    kEventClone = 3,
    kEventExec = 4,
    kEventVforkDone = 5,
    kEventExit = 6,
    kEventSeccomp = 7,
    kEventStop = 128,
};

enum class StopKind : u8 { None, Signal, CallEntry, CallExit, Seccomp, Event, Group };

/// Of a traced task.
struct TraceState {
    Process* tracer = nullptr;
    bool seized = false;
    u32 options = 0;

    StopKind stop = StopKind::None;
    u32 code = 0;         ///< as wait(2) shows it, above the 0x7f: the signal, and the event in the next byte
    bool report = false;  ///< wait(2) has not told it yet
    bool listening = false;
    SigInfo info;
    u64 message = 0;  ///< PTRACE_GETEVENTMSG

    // How it goes on.
    int signal = 0;
    bool stops_at_calls = false, skips_calls = false, steps = false;
    bool wants_stop = false;  ///< PTRACE_INTERRUPT, or the first stop of a new seized tracee
};

/// A tracee that has ended and is not its tracer's child, for the tracer's wait(2).
struct EndedTracee {
    u32 tid;
    i32 code;
    u32 status;
};

/// EPERM: traced already, or may not be.
void attach_tracer(Process& tracer, Task& tracee, bool seized, u32 options);
/// The task is nobody's tracee any more, and goes on when it was stopped.
void detach_tracer(Task& tracee);
/// A stopped tracee goes on, with its state set.
void resume_tracee(Task& tracee);
/// The tracer ends.
void release_tracees(Process& tracer);

// Where the current task stops, when it is traced.
/// What becomes of a signal: perhaps another one, perhaps nothing.
std::optional<SigInfo> trace_signal(Task& task, const SigInfo& info);
void trace_group_stop(Task& task);
/// PTRACE_INTERRUPT's stop, when it is due.
void trace_wanted_stop(Task& task);
/// False: the call is not to be made, rax is its result.
bool trace_call_entry(Task& task);
void trace_call_exit(Task& task);
void trace_exec(Task& task, u32 old_tid);
void trace_exit(Task& task);
/// An event with its option on stops the task.
void trace_event(Task& task, TraceEvent event, u64 message);
/// A new task of a traced one, before it runs: true when it is traced from the start.
bool trace_new_task(Task& parent, Task& child, u64 clone_flags, int exit_signal);
TraceEvent clone_event(u64 clone_flags, int exit_signal);
/// The task ends: its tracer hears of it.
void end_tracee(Task& task, const ExitReason& reason);

bool is_traced(const Process& process);

}  // namespace occlum::kernel
