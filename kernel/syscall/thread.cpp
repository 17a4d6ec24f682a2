// What thread libraries need: futexes, robust lists, segment bases, barriers.
#include "enclave/host.h"
#include "kernel/sched/vcpu_state.h"
#include "kernel/sched/vcpus.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/futex.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

enum FutexOperation : u32 {
    kWait = 0,
    kWake = 1,
    kRequeue = 3,
    kCompareRequeue = 4,
    kWakeOperation = 5,
    kWaitBits = 9,
    kWakeBits = 10,
};
constexpr u32 kPrivate = 128, kClockRealtime = 256;
constexpr u32 kAnyBit = ~u32{0};

/// FUTEX_WAIT's timeout is a duration, FUTEX_WAIT_BITSET's a point of the clock that the flag says.
Result<std::optional<u64>> futex_deadline(u64 address, u32 operation, bool realtime) {
    if (address == 0) return std::nullopt;
    const u64 time = TRY(read_timespec_ns(address));
    const u64 now = enclave::monotonic_ns();
    if (operation == kWait) return deadline_after(now, time);
    if (!realtime) return time;
    const u64 wall = enclave::realtime_ns();
    return time > wall ? deadline_after(now, time - wall) : now;
}

}  // namespace

Result<u64> sys_futex(const SyscallArgs& args) {
    const u32 operation = as_u32(args[1]) & ~(kPrivate | kClockRealtime);
    const bool realtime = (args[1] & kClockRealtime) != 0;
    const GuestAddr word{args[0]}, second{args[4]};
    const u32 value = as_u32(args[2]), value2 = as_u32(args[3]), value3 = as_u32(args[5]);
    switch (operation) {
        case kWait:
        case kWaitBits: {
            const auto deadline = TRY(futex_deadline(args[3], operation, realtime));
            return futex_wait(word, value, operation == kWait ? kAnyBit : value3, deadline);
        }
        case kWake:
            return futex_wake(current_address_space(), word, value, kAnyBit);
        case kWakeBits:
            return futex_wake(current_address_space(), word, value, value3);
        case kRequeue:
            return futex_requeue(word, value, second, value2, std::nullopt, true);
        case kCompareRequeue:
            return futex_requeue(word, value, second, value2, value3, true);
        case kWakeOperation:
            return futex_wake_operation(word, value, second, value2, value3);
        default:
            return err(Errno::Enosys);
    }
}

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
    TRY(write_user(UserOut<u64>{GuestAddr{args[1]}}, task->robust_list.value));
    TRY(write_user(UserOut<u64>{GuestAddr{args[2]}}, kHeadSize));
    return 0;
}

Result<u64> sys_arch_prctl(const SyscallArgs& args) {
    enum Code : u32 { kSetGs = 0x1001, kSetFs = 0x1002, kGetFs = 0x1003, kGetGs = 0x1004 };
    Task& task = current_task();
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

Result<u64> sys_membarrier(const SyscallArgs& args) {
    // The registration needs nothing. Threads in guest code are ordered by being interrupted, all others by
    // the kernel lock that they took or will take.
    constexpr u32 kGlobal = 1, kPrivateExpedited = 8, kRegister = 16;
    constexpr u64 kSupported = kGlobal | kPrivateExpedited | kRegister;
    if (as_u32(args[1]) != 0) return err(Errno::Einval);
    const u32 command = as_u32(args[0]);
    if (command == 0) return kSupported;
    if ((command & kSupported) != command || (command & (command - 1)) != 0) return err(Errno::Einval);
    if (command == kGlobal) stop_all_guests();
    if (command == kPrivateExpedited) stop_guests_of(current_address_space());
    return 0;
}

}  // namespace occlum::kernel
