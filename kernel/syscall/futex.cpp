// futex(2) and its successors.
#include "kernel/task/futex.h"

#include "enclave/host.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"

namespace occlum::kernel {

namespace {

enum FutexOperation : u32 {
    kWait = 0,
    kWake = 1,
    kRequeue = 3,
    kCompareRequeue = 4,
    kWakeOperation = 5,
    kLock = 6,
    kUnlock = 7,
    kTryLock = 8,
    kWaitBits = 9,
    kWakeBits = 10,
    kWaitRequeueLock = 11,
    kCompareRequeueLock = 12,
    kLock2 = 13,
};
constexpr u32 kPrivate = 128, kClockFlag = 256;

using Deadline = std::optional<u64>;

enum class TimeoutKind : u8 { Duration, Monotonic, Realtime };

Result<Deadline> read_deadline(u64 address, TimeoutKind kind) {
    if (address == 0) return Deadline();
    const u64 time = TRY(read_timespec_ns(address));
    switch (kind) {
        case TimeoutKind::Duration:
            return Deadline(deadline_after(enclave::monotonic_ns(), time));
        case TimeoutKind::Monotonic:
            return Deadline(time);
        case TimeoutKind::Realtime:
            break;
    }
    return Deadline(realtime_to_monotonic(time));
}

TimeoutKind timeout_kind(u32 operation, bool realtime) {
    if (operation == kWait) return TimeoutKind::Duration;
    return operation == kLock || realtime ? TimeoutKind::Realtime : TimeoutKind::Monotonic;
}

bool has_timeout(u32 operation) {
    return operation == kWait || operation == kWaitBits || operation == kLock || operation == kLock2 ||
           operation == kWaitRequeueLock;
}

/// With a timeout the rest of it is left for restart_syscall(2).
Result<u64> wait_on(FutexWord word, u32 expected, u32 bits, Deadline deadline) {
    const auto result = futex_wait(word, expected, bits, deadline);
    if (result || result.error() != Errno::Erestartsys || !deadline) return result;
    current_task().restart = {RestartKind::Futex, *deadline, word.address,
                              expected,           bits,      word.scope == FutexScope::Shared};
    return err(Errno::Erestart_restartblock);
}

/// Linux wakes one at least.
u32 wake_count(u32 value) { return static_cast<u32>(std::max(static_cast<i32>(value), 1)); }

Result<u64> requeue(const FutexRequeue& request) {
    if (static_cast<i32>(request.wake) < 0 || static_cast<i32>(request.move) < 0) return err(Errno::Einval);
    if (request.to_lock && request.wake != 1) return err(Errno::Einval);
    return futex_requeue(request);
}

// The successors' flags.
constexpr u32 kSize32 = 2;
Result<FutexWord> word_of(u64 address, u32 flags) {
    if ((flags & ~(kSize32 | kPrivate)) || !(flags & kSize32)) return err(Errno::Einval);
    return FutexWord{GuestAddr{address}, flags & kPrivate ? FutexScope::Private : FutexScope::Shared};
}

Result<Deadline> read_clock_deadline(u64 address, i32 clock) {
    if (address == 0) return Deadline();
    if (clock != kClockMonotonic && clock != kClockRealtime) return err(Errno::Einval);
    return read_deadline(address, clock == kClockRealtime ? TimeoutKind::Realtime : TimeoutKind::Monotonic);
}

struct WaitVector {
    u64 value, address;
    u32 flags, reserved;
};
Result<FutexWaitEntry> read_wait_vector(GuestAddr where) {
    const auto wire = TRY(read_user(UserIn<WaitVector>{where}));
    if (wire.reserved != 0 || wire.value > ~u32{0}) return err(Errno::Einval);
    return FutexWaitEntry{TRY(word_of(wire.address, wire.flags)), static_cast<u32>(wire.value)};
}

}  // namespace

Result<u64> sys_futex(const SyscallArgs& args) {
    const u32 operation = as_u32(args[1]) & ~(kPrivate | kClockFlag);
    const bool realtime = (args[1] & kClockFlag) != 0;
    const bool takes_clock = operation == kWaitBits || operation == kWaitRequeueLock || operation == kLock2;
    if (realtime && !takes_clock) return err(Errno::Enosys);
    const auto scope = args[1] & kPrivate ? FutexScope::Private : FutexScope::Shared;
    const FutexWord word{GuestAddr{args[0]}, scope}, second{GuestAddr{args[4]}, scope};
    const u32 value = as_u32(args[2]), value2 = as_u32(args[3]), value3 = as_u32(args[5]);
    Deadline deadline;
    if (has_timeout(operation)) deadline = TRY(read_deadline(args[3], timeout_kind(operation, realtime)));
    switch (operation) {
        case kWait:
            return wait_on(word, value, kAnyFutexBit, deadline);
        case kWaitBits:
            return wait_on(word, value, value3, deadline);
        case kWake:
            return futex_wake(current_address_space(), word, wake_count(value), kAnyFutexBit);
        case kWakeBits:
            return futex_wake(current_address_space(), word, wake_count(value), value3);
        case kRequeue:
            return requeue({word, second, value, value2, std::nullopt});
        case kCompareRequeue:
            return requeue({word, second, value, value2, value3});
        case kCompareRequeueLock:
            return requeue({word, second, value, value2, value3, true});
        case kWakeOperation:
            return futex_wake_operation(word, wake_count(value), second, wake_count(value2), value3);
        case kLock:
        case kLock2:
            return futex_lock(word, deadline);
        case kTryLock:
            return futex_try_lock(word);
        case kUnlock:
            return futex_unlock(word);
        case kWaitRequeueLock:
            return futex_wait_for_lock(word, value, deadline, second);
        default:
            return err(Errno::Enosys);
    }
}

Result<u64> sys_futex_waitv(const SyscallArgs& args) {
    constexpr u32 kMost = 128;
    const u32 count = as_u32(args[1]);
    if (as_u32(args[2]) != 0 || count == 0 || count > kMost || args[0] == 0) return err(Errno::Einval);
    const Deadline deadline = TRY(read_clock_deadline(args[3], as_int(args[4])));
    std::vector<FutexWaitEntry> entries;
    for (u32 i = 0; i < count; ++i)
        entries.push_back(TRY(read_wait_vector(GuestAddr{args[0]} + i * sizeof(WaitVector))));
    return futex_wait_many(entries, deadline);
}

Result<u64> sys_futex_wake(const SyscallArgs& args) {
    const FutexWord word = TRY(word_of(args[0], as_u32(args[3])));
    if (args[1] > ~u32{0} || args[1] == 0) return err(Errno::Einval);
    if (as_int(args[2]) <= 0) return 0;
    return futex_wake(current_address_space(), word, as_u32(args[2]), static_cast<u32>(args[1]));
}

Result<u64> sys_futex_wait(const SyscallArgs& args) {
    const FutexWord word = TRY(word_of(args[0], as_u32(args[3])));
    if (args[1] > ~u32{0} || args[2] > ~u32{0} || args[2] == 0) return err(Errno::Einval);
    const Deadline deadline = TRY(read_clock_deadline(args[4], as_int(args[5])));
    return futex_wait(word, static_cast<u32>(args[1]), static_cast<u32>(args[2]), deadline);
}

Result<u64> sys_futex_requeue(const SyscallArgs& args) {
    if (as_u32(args[1]) != 0 || args[0] == 0) return err(Errno::Einval);
    const auto from = TRY(read_wait_vector(GuestAddr{args[0]}));
    const auto to = TRY(read_wait_vector(GuestAddr{args[0]} + sizeof(WaitVector)));
    return requeue({from.word, to.word, as_u32(args[2]), as_u32(args[3]), from.expected});
}

}  // namespace occlum::kernel
