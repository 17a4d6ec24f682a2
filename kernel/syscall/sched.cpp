// Which CPU a task runs on, and when it lets others run.
#include <algorithm>

#include "kernel/boot/libos.h"
#include "kernel/sched/cpu.h"
#include "kernel/sched/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

using CpuMask = u64;
static_assert(abi::kMaxThreads <= 8 * sizeof(CpuMask));

/// A bit for each vCPU.
CpuMask online_cpus() { return ~CpuMask{0} >> (8 * sizeof(CpuMask) - libos_options().cpus); }

Result<Ref<Task>> task_of(u64 argument) {
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
    if (as_u32(args[1]) < sizeof(CpuMask) || as_u32(args[1]) % sizeof(CpuMask) != 0)
        return err(Errno::Einval);
    const auto task = TRY(task_of(args[0]));
    TRY(write_user(UserOut<CpuMask>{GuestAddr{args[2]}}, task->affinity & online_cpus()));
    return sizeof(CpuMask);
}

Result<u64> sys_sched_setaffinity(const SyscallArgs& args) {
    std::array<u8, sizeof(CpuMask)> bytes{};
    TRY(copy_in(std::span(bytes).first(std::min<u64>(bytes.size(), as_u32(args[1]))), GuestAddr{args[2]}));
    const auto task = TRY(task_of(args[0]));
    const Credentials &who = current_credentials(), &whose = task->credentials();
    if (!who.is_superuser() && who.euid != whose.uid && who.euid != whose.euid) return err(Errno::Eperm);
    const CpuMask mask = std::bit_cast<CpuMask>(bytes) & online_cpus();
    if (mask == 0) return err(Errno::Einval);
    task->affinity = mask;
    apply_affinity(*task);
    return 0;
}

Result<u64> sys_getcpu(const SyscallArgs& args) {
    if (args[0] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[0]}}, this_cpu().number));
    if (args[1] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[1]}}, u32{0}));
    return 0;
}

}  // namespace occlum::kernel
