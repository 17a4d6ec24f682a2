#include "kernel/task/pid_table.h"

#include "kernel/task/task.h"

namespace occlum::kernel {

PidTable& pid_table() {
    static auto& instance = *new PidTable;
    return instance;
}

bool PidTable::in_use(u32 number) const {
    return processes_.contains(number) || tasks_.contains(number) || group_exists(number);
}

bool PidTable::group_exists(u32 group) const {
    for (const auto& [pid, process] : processes_)
        if (process->group == group || process->session == group) return true;
    return false;
}

Result<u32> PidTable::allocate() {
    for (u32 tries = 0; tries < kMaxPid; ++tries) {
        const u32 candidate = last_ + 1 < kMaxPid ? last_ + 1 : 300;
        const bool wrapped = candidate < last_;
        last_ = candidate;
        wrapped_ = wrapped_ || wrapped;
        // Numbers are fresh until the counter has gone round once.
        if (!wrapped_ || !in_use(candidate)) return candidate;
    }
    return err(Errno::Eagain);
}

Result<u32> PidTable::claim(u32 number) {
    if (number == 0 || number >= kMaxPid) return err(Errno::Einval);
    if (in_use(number)) return err(Errno::Eexist);
    wrapped_ = true;
    return number;
}

void PidTable::add(Process& process) { processes_.emplace(process.pid, Ref<Process>(process)); }
void PidTable::add(Task& task) { tasks_.emplace(task.tid, Ref<Task>(task)); }
void PidTable::remove(Process& process) { processes_.erase(process.pid); }
void PidTable::remove(Task& task) { tasks_.erase(task.tid); }

RefPtr<Process> PidTable::process(u32 pid) const {
    const auto found = processes_.find(pid);
    if (found == processes_.end()) return nullptr;
    return found->second;
}

RefPtr<Task> PidTable::task(u32 tid) const {
    const auto found = tasks_.find(tid);
    if (found == tasks_.end()) return nullptr;
    return found->second;
}

}  // namespace occlum::kernel
