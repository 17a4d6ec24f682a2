// Who has which number. One name space for processes and threads; groups and sessions use the numbers of
// processes.
#pragma once

#include <map>
#include <vector>

#include "base/ref.h"
#include "base/result.h"

namespace occlum::kernel {

class Process;
class Task;

class PidTable {
public:
    /// The next free number, ascending and wrapping at kMaxPid. EAGAIN when none is left.
    Result<u32> allocate();
    /// That very number. EEXIST, EINVAL.
    Result<u32> claim(u32 number);

    void add(Process& process);  ///< keeps a reference until remove()
    void add(Task& task);        ///< keeps a reference until remove()
    void remove(Process& process);
    void remove(Task& task);

    RefPtr<Process> process(u32 pid) const;  ///< living or zombie
    RefPtr<Task> task(u32 tid) const;
    /// Ascending pids.
    const std::map<u32, Ref<Process>>& processes() const { return processes_; }
    const std::map<u32, Ref<Task>>& tasks() const { return tasks_; }
    bool group_exists(u32 group) const;
    u32 last() const { return last_; }  ///< the number given last

    static constexpr u32 kMaxPid = 1 << 22;

private:
    bool in_use(u32 number) const;

    std::map<u32, Ref<Process>> processes_;
    std::map<u32, Ref<Task>> tasks_;
    u32 last_ = 0;
    bool wrapped_ = false;
};

PidTable& pid_table();

}  // namespace occlum::kernel
