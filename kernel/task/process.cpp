#include "kernel/task/process.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/cpu.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

Task& current_task() {
    Task* task = this_cpu().current;
    if (!task) enclave::panic("current_task() without a task");
    return *task;
}

Process& current_process() { return current_task().process(); }

FdTable& current_files() { return *current_task().files; }

FsContext& current_view() { return *current_task().view; }

const Credentials& current_credentials() { return current_task().credentials(); }

void change_credentials(Credentials changed) {
    Task& task = current_task();
    const Credentials& old = task.credentials();
    const bool other = changed.euid != old.euid || changed.egid != old.egid || changed.fsuid != old.fsuid ||
                       changed.fsgid != old.fsgid || !old.permitted.contains(changed.permitted);
    if (other) {
        task.process().dumpable = false;
        task.parent_death_signal = 0;
    }
    task.set_credentials(std::move(changed));
}

AddressSpace& current_address_space() { return current_process().address_space(); }

u32 ExitReason::wait_word() const {
    switch (code) {
        case kCldExited:
            return (status & 0xff) << 8;
        case kCldStopped:
            return (status & 0xff) << 8 | 0x7f;
        case kCldTrapped:  // with the event above the signal
            return (status & 0xffffff) << 8 | 0x7f;
        case kCldContinued:
            return 0xffff;
        case kCldDumped:
            return (status & 0x7f) | 0x80;
        default:
            return status & 0x7f;
    }
}

Usage Process::usage() const {
    Usage total = ended_tasks;
    for (const Task* task : tasks) total.add(task->usage());
    if (memory) total.peak_resident_bytes = memory->usage().peak_resident_bytes;
    return total;
}

RefPtr<Task> Process::leader() const {
    const auto found = std::ranges::find(tasks, pid, &Task::tid);
    return found != tasks.end() ? RefPtr<Task>(*found) : nullptr;
}

RefPtr<FdTable> Process::files() const {
    const RefPtr<Task> first = leader();
    return first ? first->files : nullptr;
}

RefPtr<FsContext> Process::view() const {
    const RefPtr<Task> first = leader();
    return first ? first->view : nullptr;
}

void Process::own_timers() {
    alarm.set_owner(*this);
    virtual_alarm.set_owner(*this);
    profiling_alarm.set_owner(*this);
}

Task::Task(u32 number, Ref<Process> process, Ref<const SharedCredentials> who, KernelStack own_stack)
    : tid(number), stack(std::move(own_stack)), process_(std::move(process)), credentials_(std::move(who)) {}

Task::~Task() = default;

void Task::set_credentials(Credentials changed) {
    credentials_ = make_ref<SharedCredentials>(std::move(changed));
    if (tid == process_->pid) process_->set_leader_credentials(credentials_);
}

void Task::forbid_new_privileges() {
    if (credentials().no_new_privileges) return;
    before_sibling_ = credentials_;
    Credentials changed = credentials();
    changed.no_new_privileges = true;
    set_credentials(std::move(changed));
}

void Task::begin_stint() {
    if (guest_since_cycles == 0) guest_since_cycles = enclave::cycles();
}

void Task::end_stint(u64 now_cycles) {
    const u64 cycles = stint_cycles(now_cycles);
    guest_cycles += cycles;
    this_cpu().guest_cycles += cycles;
    guest_since_cycles = 0;
    brief_calls = 0;
}

u64 Task::stint_cycles(u64 now_cycles) const {
    // Less than what any call costs, so that user time never goes back.
    constexpr u64 kBriefCallCycles = 20;
    if (guest_since_cycles == 0) return 0;
    const u64 all = now_cycles - guest_since_cycles;
    return all - std::min(all, brief_calls * kBriefCallCycles);
}

Usage Task::usage() const {
    const u64 total = run_ns + (state == TaskState::Running ? enclave::monotonic_ns() - run_since_ns : 0);
    Usage used;
    used.user_ns = std::min(
        enclave::cycles_to_ns(guest_cycles + stint_cycles(enclave::cycles())).value_or(total), total);
    used.system_ns = total - used.user_ns;
    used.minor_faults = minor_faults;
    used.voluntary_switches = voluntary_switches;
    used.involuntary_switches = involuntary_switches;
    return used;
}

}  // namespace occlum::kernel
