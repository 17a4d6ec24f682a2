// What thread libraries need: robust lists, segment bases, barriers.
#include "kernel/sched/vcpu_state.h"
#include "kernel/sched/vcpus.h"
#include "kernel/syscall/handlers.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

Result<u64> sys_set_robust_list(const SyscallArgs& args) {
    constexpr u64 kHeadSize = 24;
    if (args[1] != kHeadSize) return err(Errno::Einval);
    current_task().robust_list = {args[0]};
    return 0;
}

Result<u64> sys_get_robust_list(const SyscallArgs& args) {
    constexpr u64 kHeadSize = 24;
    const auto task = as_u32(args[0]) == 0 ? RefPtr<Task>(current_task()) : pid_table().task(as_u32(args[0]));
    if (!task) return err(Errno::Esrch);
    TRY(check_inspection(*task, AccessBy::RealNumbers));
    TRY(write_user(UserOut<u64>{GuestAddr{args[1]}}, task->robust_list.value));
    TRY(write_user(UserOut<u64>{GuestAddr{args[2]}}, kHeadSize));
    return 0;
}

Result<u64> sys_arch_prctl(const SyscallArgs& args) {
    enum Code : u32 { kSetGs = 0x1001, kSetFs = 0x1002, kGetFs = 0x1003, kGetGs = 0x1004 };
    Task& task = current_task();
    constexpr u64 kUserEnd = 0x7fff'ffff'f000;  // Linux's, beyond which a base may not lie
    const bool sets = as_u32(args[0]) == kSetFs || as_u32(args[0]) == kSetGs;
    if (sets && args[1] >= kUserEnd) return err(Errno::Eperm);
    switch (as_u32(args[0])) {
        case kSetFs:
            task.guest_fs = args[1];
            break;
        case kSetGs:
            task.guest_gs = args[1];
            break;
        case kGetFs:
            TRY(write_user(UserOut<u64>{GuestAddr{args[1]}}, task.guest_fs));
            return 0;
        case kGetGs:
            TRY(write_user(UserOut<u64>{GuestAddr{args[1]}}, task.guest_gs));
            return 0;
        default:
            return err(Errno::Einval);
    }
    load_segment_bases(task);
    return 0;
}

/// Threads in guest code are ordered by being stopped, all others by the kernel lock that they took or will
/// take.
Result<u64> sys_membarrier(const SyscallArgs& args) {
    enum Command : u32 {
        kQuery = 0,
        kGlobal = 1,
        kGlobalExpedited = 2,
        kRegisterGlobalExpedited = 4,
        kPrivateExpedited = 8,
        kRegisterPrivateExpedited = 16,
        kPrivateExpeditedSyncCore = 32,
        kRegisterPrivateExpeditedSyncCore = 64,
    };
    constexpr u32 kSupported = 127;
    if (as_u32(args[1]) != 0) return err(Errno::Einval);
    Process& process = current_process();
    const u32 command = as_u32(args[0]);
    switch (command) {
        case kQuery:
            return kSupported;
        case kGlobal:
        case kGlobalExpedited:
            stop_all_guests();
            return 0;
        case kRegisterGlobalExpedited:
        case kRegisterPrivateExpedited:
        case kRegisterPrivateExpeditedSyncCore:
            process.barrier_registrations |= command;
            return 0;
        case kPrivateExpedited:
        case kPrivateExpeditedSyncCore:
            if (!(process.barrier_registrations & (command << 1))) return err(Errno::Eperm);
            stop_guests_of(current_address_space());
            return 0;
        default:
            return err(Errno::Einval);
    }
}

}  // namespace occlum::kernel
