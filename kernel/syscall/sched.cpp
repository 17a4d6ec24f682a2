// Scheduling parameters. There is one policy, SCHED_OTHER, and priorities are kept but change nothing.
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

enum Policy : i32 { kOther = 0, kFifo = 1, kRoundRobin = 2, kBatch = 3, kIdle = 5, kDeadline = 6 };
constexpr i32 kResetOnFork = 0x40000000;
using CpuMask = u64;
static_assert(abi::kMaxThreads <= 8 * sizeof(CpuMask));

/// A bit for each vCPU.
CpuMask online_cpus() { return ~CpuMask{0} >> (8 * sizeof(CpuMask) - libos_options().cpus); }

Result<Ref<Task>> task_of(u64 argument) {
    if (as_int(argument) < 0) return err(Errno::Einval);
    if (as_u32(argument) == 0) return Ref<Task>(current_task());
    const auto task = pid_table().task(as_u32(argument));
    if (!task) return err(Errno::Esrch);
    return Ref<Task>(*task);
}

bool is_realtime(i32 policy) { return policy == kFifo || policy == kRoundRobin; }
bool is_policy(i32 policy) {
    return is_realtime(policy) || policy == kOther || policy == kBatch || policy == kIdle ||
           policy == kDeadline;
}

/// The tasks that getpriority(2) and setpriority(2) mean.
Result<std::vector<Ref<Task>>> tasks_of(i32 kind, u32 number) {
    constexpr i32 kProcess = 0, kGroup = 1, kUser = 2;
    std::vector<Ref<Task>> found;
    const Process& self = current_process();
    for (const auto& [tid, task] : pid_table().tasks()) {
        const Process& process = task->process();
        bool meant = false;
        if (kind == kProcess)
            meant = tid == (number ? number : current_task().tid);
        else if (kind == kGroup)
            meant = process.group == (number ? number : self.group);
        else if (kind == kUser)
            meant = process.credentials.uid == (number ? number : self.credentials.uid);
        else
            return err(Errno::Einval);
        if (meant) found.push_back(task);
    }
    if (found.empty()) return err(Errno::Esrch);
    return found;
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
    const Credentials &who = current_process().credentials, &whose = task->process().credentials;
    if (!who.is_superuser() && who.euid != whose.uid && who.euid != whose.euid) return err(Errno::Eperm);
    const CpuMask mask = std::bit_cast<CpuMask>(bytes) & online_cpus();
    if (mask == 0) return err(Errno::Einval);
    task->affinity = mask;
    apply_affinity(*task);
    return 0;
}

Result<u64> sys_sched_getscheduler(const SyscallArgs& args) {
    TRY(task_of(args[0]));
    return kOther;
}

Result<u64> sys_sched_setscheduler(const SyscallArgs& args) {
    const i32 policy = as_int(args[1]) & ~kResetOnFork;
    TRY(task_of(args[0]));
    const i32 priority = TRY(read_user(UserIn<i32>{GuestAddr{args[2]}}));
    if (!is_policy(policy) || policy == kDeadline) return err(Errno::Einval);
    if (is_realtime(policy) != (priority != 0)) return err(Errno::Einval);
    if (is_realtime(policy)) return err(Errno::Eperm);
    return 0;
}

Result<u64> sys_sched_getparam(const SyscallArgs& args) {
    TRY(task_of(args[0]));
    TRY(write_user(UserOut<i32>{GuestAddr{args[1]}}, i32{0}));
    return 0;
}

Result<u64> sys_sched_setparam(const SyscallArgs& args) {
    TRY(task_of(args[0]));
    if (TRY(read_user(UserIn<i32>{GuestAddr{args[1]}})) != 0) return err(Errno::Einval);
    return 0;
}

Result<u64> sys_sched_get_priority_max(const SyscallArgs& args) {
    if (!is_policy(as_int(args[0]))) return err(Errno::Einval);
    return is_realtime(as_int(args[0])) ? 99 : 0;
}

Result<u64> sys_sched_get_priority_min(const SyscallArgs& args) {
    if (!is_policy(as_int(args[0]))) return err(Errno::Einval);
    return is_realtime(as_int(args[0])) ? 1 : 0;
}

Result<u64> sys_sched_rr_get_interval(const SyscallArgs& args) {
    TRY(task_of(args[0]));
    TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, {0, 4'000'000}));
    return 0;
}

Result<u64> sys_getpriority(const SyscallArgs& args) {
    int lowest = 19;
    for (const Ref<Task>& task : TRY(tasks_of(as_int(args[0]), as_u32(args[1]))))
        lowest = std::min(lowest, task->nice);
    return static_cast<u64>(20 - lowest);
}

Result<u64> sys_setpriority(const SyscallArgs& args) {
    const int nice = std::clamp(as_int(args[2]), -20, 19);
    for (const Ref<Task>& task : TRY(tasks_of(as_int(args[0]), as_u32(args[1])))) {
        if (nice < task->nice && !current_process().credentials.is_superuser()) return err(Errno::Eacces);
        task->nice = nice;
    }
    return 0;
}

Result<u64> sys_getcpu(const SyscallArgs& args) {
    if (args[0] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[0]}}, this_cpu().number));
    if (args[1] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[1]}}, u32{0}));
    return 0;
}

}  // namespace occlum::kernel
