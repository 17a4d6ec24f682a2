// The debugged program's threads: where they stop, and how they go on. All of them are stopped or none is
// held.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/gdb/breakpoints.h"
#include "kernel/task/process.h"

namespace occlum::kernel::gdb {

/// What gdb is told.
struct Stop {
    enum class Kind : u8 { Signal, Breakpoint, Exec, NoneLeft };
    Kind kind = Kind::Signal;
    u32 tid = 0;
    u32 signal = 0;  ///< Linux's number
};

/// Of vCont: how a thread, or each, goes on.
struct Action {
    bool steps = false;
    int signal = 0;
    u32 tid = 0;  ///< 0: all
};

class Tracer {
public:
    /// `self` is the process that is the tracer.
    Tracer(Process& self, Process& target) : self_(self), target_(target) {}

    /// Before it runs: it will stop before its first instruction.
    void attach(Task& first);
    /// It goes on without us.
    void detach();
    bool attached() const { return !self_.tracees.empty(); }

    /// While threads run: what is to be told, and then all are stopped.
    std::optional<Stop> look();
    /// All stop where they are.
    void stop_all();
    void resume(std::span<const Action> actions);

    Process& target() { return *target_; }
    RefPtr<Task> thread(u32 tid) const;
    const std::vector<Task*>& threads() const { return self_.tracees; }
    Breakpoints& breakpoints() { return breakpoints_; }

private:
    enum class Then : u8 { GoOn, Stay };
    std::optional<Stop> examine(Task& task, Then then);
    std::optional<Stop> examine_signal(Task& task);
    void let_child_go(u32 tid, bool has_copy);
    void hold_back(Task& task);
    bool all_stopped() const;

    Process& self_;
    Ref<Process> target_;
    Breakpoints breakpoints_;
};

}  // namespace occlum::kernel::gdb
