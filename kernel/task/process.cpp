#include "kernel/task/process.h"

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

AddressSpace& current_address_space() { return current_process().address_space(); }

u32 ExitReason::wait_word() const {
    switch (code) {
        case kCldExited:
            return (status & 0xff) << 8;
        case kCldStopped:
            return (status & 0xff) << 8 | 0x7f;
        case kCldContinued:
            return 0xffff;
        case kCldDumped:
            return (status & 0x7f) | 0x80;
        default:
            return status & 0x7f;
    }
}

CpuTimes Process::cpu_times() const {
    CpuTimes times = ended_tasks;
    for (const Task* task : tasks) times.user_ns += task->cpu_ns();
    return times;
}

Task::Task(u32 number, Ref<Process> process, KernelStack own_stack)
    : tid(number), stack(std::move(own_stack)), process_(std::move(process)) {}

Task::~Task() = default;

u64 Task::cpu_ns() const {
    return run_ns + (state == TaskState::Running ? enclave::monotonic_ns() - run_since_ns : 0);
}

}  // namespace occlum::kernel
