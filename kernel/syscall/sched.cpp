// Which CPU a task runs on, and when it lets others run.
#include <algorithm>

#include "kernel/sched/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u64 kCpuMask = 1;

Result<Ref<Task>> task_of(u64 argument) {
    if (as_int(argument) < 0) return err(Errno::Einval);
    if (as_u32(argument) == 0) return Ref<Task>(current_task());
    const auto task = pid_table().task(as_u32(argument));
    if (!task) return err(Errno::Esrch);
    return Ref<Task>(*task);
}

}  // namespace

Result<u64> sys_sched_yield(const SyscallArgs&) {
    yield_cpu();
    return 0;
}

Result<u64> sys_sched_getaffinity(const SyscallArgs& args) {
    TRY(task_of(args[0]));
    if (as_u32(args[1]) < sizeof kCpuMask || as_u32(args[1]) % sizeof kCpuMask != 0)
        return err(Errno::Einval);
    TRY(write_user(UserOut<u64>{GuestAddr{args[2]}}, kCpuMask));
    return sizeof kCpuMask;
}

Result<u64> sys_sched_setaffinity(const SyscallArgs& args) {
    const auto task = TRY(task_of(args[0]));
    std::array<u8, sizeof(u64)> bytes{};
    TRY(copy_in(std::span(bytes).first(std::min<u64>(bytes.size(), as_u32(args[1]))), GuestAddr{args[2]}));
    const u64 mask = std::bit_cast<u64>(bytes);
    if ((mask & kCpuMask) == 0) return err(Errno::Einval);
    task->affinity = mask;
    return 0;
}

Result<u64> sys_getcpu(const SyscallArgs& args) {
    if (args[0] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[0]}}, u32{0}));
    if (args[1] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[1]}}, u32{0}));
    return 0;
}

}  // namespace occlum::kernel
