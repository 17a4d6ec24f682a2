// prctl(2): switches of a process or thread.
#include <algorithm>

#include "kernel/syscall/handlers.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

enum Prctl : u32 {
    kSetDeathSignal = 1,
    kGetDeathSignal = 2,
    kGetDumpable = 3,
    kSetDumpable = 4,
    kGetKeepCapabilities = 7,
    kSetKeepCapabilities = 8,
    kGetTiming = 13,
    kSetTiming = 14,
    kSetName = 15,
    kGetName = 16,
    kGetSeccomp = 21,
    kSetSeccomp = 22,
    kReadBounding = 23,
    kDropBounding = 24,
    kGetTsc = 25,
    kSetTsc = 26,
    kGetSecureBits = 27,
    kSetSecureBits = 28,
    kSetTimerSlack = 29,
    kGetTimerSlack = 30,
    kDisablePerf = 31,
    kEnablePerf = 32,
    kSetMemory = 35,
    kSetSubreaper = 36,
    kGetSubreaper = 37,
    kSetNoNewPrivileges = 38,
    kGetNoNewPrivileges = 39,
    kGetTidAddress = 40,
    kSetHugePages = 41,
    kGetHugePages = 42,
    kSetMachineCheck = 33,
    kGetMachineCheck = 34,
    kAmbient = 47,
    kSetFlusher = 57,
    kGetFlusher = 58,
    kSetNoExecuteGain = 65,
    kGetNoExecuteGain = 66,
    kSetMerge = 67,
    kGetMerge = 68,
};

constexpr size_t kCommandName = 16;

Result<void> set_name(GuestAddr from) {
    // The name may end before the sixteen bytes do, and the page with it.
    std::string name;
    for (size_t i = 0; i + 1 < kCommandName; ++i) {
        const u8 byte = TRY(read_user(UserIn<u8>{from + i}));
        if (byte == 0) break;
        name += static_cast<char>(byte);
    }
    Task& task = current_task();
    task.name = name;
    if (task.tid == task.process().pid) task.process().name = name;
    return {};
}

Result<void> get_name(GuestAddr to) {
    std::array<u8, kCommandName> bytes{};
    const std::string& name = current_task().name;
    std::ranges::copy(std::string_view(name).substr(0, kCommandName - 1), bytes.begin());
    return copy_out(to, bytes);
}

/// Reserved arguments from the second on must be 0.
bool are_zero(const SyscallArgs& args, size_t first) {
    constexpr size_t kCount = 5;
    return std::ranges::all_of(std::span(args).subspan(first, kCount - first),
                               [](u64 argument) { return argument == 0; });
}

Result<u64> set_keep_capabilities(Credentials& who, u64 value) {
    constexpr u32 kLocked = kKeepCapabilities << 1;
    if (value > 1) return err(Errno::Einval);
    if (who.secure_bits & kLocked) return err(Errno::Eperm);
    who.secure_bits = (who.secure_bits & ~u32{kKeepCapabilities}) | (value != 0 ? kKeepCapabilities : 0);
    return 0;
}

/// Locked bits stay, and locks are never undone.
Result<u64> set_secure_bits(Credentials& who, u64 wanted) {
    const u32 old = who.secure_bits, bits = static_cast<u32>(wanted);
    const u32 locked = (old & kSecureLocks) >> 1;
    const bool unlocks = (old & kSecureLocks & ~bits) != 0;
    if ((wanted & ~u64{kSecureAll}) || (locked & (old ^ bits)) || unlocks) return err(Errno::Eperm);
    if (!who.has(Capability::SetCapabilities)) return err(Errno::Eperm);
    who.secure_bits = bits;
    return 0;
}

Result<u64> drop_bounding(Credentials& who, u64 number) {
    if (!who.has(Capability::SetCapabilities)) return err(Errno::Eperm);
    if (number > static_cast<u64>(Capability::Last)) return err(Errno::Einval);
    who.bounding.remove(static_cast<u32>(number));
    return 0;
}

Result<u64> change_ambient(Credentials& who, const SyscallArgs& args) {
    enum Operation : u64 { kIsSet = 1, kRaise = 2, kLower = 3, kClearAll = 4 };
    const u64 number = args[2];
    if (args[1] == kClearAll) {
        if (!are_zero(args, 2)) return err(Errno::Einval);
        who.ambient = Capabilities();
        return 0;
    }
    if (!are_zero(args, 3) || number > static_cast<u64>(Capability::Last)) return err(Errno::Einval);
    const auto bit = static_cast<u32>(number);
    switch (args[1]) {
        case kIsSet:
            return u64{who.ambient.has_number(bit)};
        case kRaise:
            if (!who.permitted.has_number(bit) || !who.inheritable.has_number(bit) ||
                (who.secure_bits & kNoAmbientRaise))
                return err(Errno::Eperm);
            who.ambient.add(bit);
            return 0;
        case kLower:
            who.ambient.remove(bit);
            return 0;
        default:
            return err(Errno::Einval);
    }
}

Result<u64> set_no_new_privileges(Credentials& who, const SyscallArgs& args) {
    if (args[1] != 1 || !are_zero(args, 2)) return err(Errno::Einval);
    who.no_new_privileges = true;
    return 0;
}

Result<u64> set_timer_slack(Task& task, u64 value) {
    constexpr u64 kDefault = 50'000;
    task.timer_slack_ns = static_cast<i64>(value) <= 0 ? kDefault : value;
    return 0;
}

Result<u64> stored(Result<void> result) {
    TRY(std::move(result));
    return 0;
}

/// Runs one of the above on a copy, which holds only when it succeeds.
template <typename Change, typename... Arguments>
Result<u64> changed(Change change, const Arguments&... arguments) {
    Credentials who = current_credentials();
    const u64 answer = TRY(change(who, arguments...));
    change_credentials(std::move(who));
    return answer;
}

/// Credentials; nothing when it is about something else.
std::optional<Result<u64>> prctl_credentials(const SyscallArgs& args) {
    const Credentials& who = current_credentials();
    switch (as_u32(args[0])) {
        case kGetKeepCapabilities:
            return u64{(who.secure_bits & kKeepCapabilities) != 0};
        case kSetKeepCapabilities:
            return changed(set_keep_capabilities, args[1]);
        case kReadBounding:
            if (args[1] > static_cast<u64>(Capability::Last)) return err(Errno::Einval);
            return u64{who.bounding.has_number(as_u32(args[1]))};
        case kDropBounding:
            return changed(drop_bounding, args[1]);
        case kGetSecureBits:
            return u64{who.secure_bits};
        case kSetSecureBits:
            return changed(set_secure_bits, args[1]);
        case kAmbient:
            return changed(change_ambient, args);
        case kSetNoNewPrivileges:
            return changed(set_no_new_privileges, args);
        case kGetNoNewPrivileges:
            if (!are_zero(args, 1)) return err(Errno::Einval);
            return u64{who.no_new_privileges};
        default:
            return std::nullopt;
    }
}

/// PR_SET_MDWE: once for ever.
Result<u64> forbid_execute_gain(AddressSpace& memory, const SyscallArgs& args) {
    const u64 all = AddressSpace::kNoGain | AddressSpace::kGainOfChildren;
    if (!are_zero(args, 2) || (args[1] & ~all) != 0 || args[1] == AddressSpace::kGainOfChildren)
        return err(Errno::Einval);
    if (memory.execute_gain() != 0 && memory.execute_gain() != args[1]) return err(Errno::Eperm);
    memory.forbid_execute_gain(as_u32(args[1]));
    return 0;
}

/// What belongs to the process; nothing when it is about something else.
std::optional<Result<u64>> prctl_process(const SyscallArgs& args) {
    Process& process = current_process();
    const GuestAddr address{args[1]};
    switch (as_u32(args[0])) {
        case kSetDeathSignal:
            if (args[1] > kSigMax) return err(Errno::Einval);
            current_task().parent_death_signal = static_cast<int>(args[1]);
            return 0;
        case kGetDeathSignal:
            return stored(write_user(UserOut<i32>{address}, current_task().parent_death_signal));
        case kGetDumpable:
            return u64{process.dumpable};
        case kSetDumpable:
            if (args[1] > 1) return err(Errno::Einval);
            process.dumpable = args[1] != 0;
            return 0;
        case kSetSubreaper:
            process.subreaper = args[1] != 0;
            return 0;
        case kGetSubreaper:
            return stored(write_user(UserOut<i32>{address}, i32{process.subreaper}));
        case kSetHugePages:
            if (!are_zero(args, 2)) return err(Errno::Einval);
            process.kept.no_huge_pages = args[1] != 0;
            return 0;
        case kGetHugePages:
            if (!are_zero(args, 1)) return err(Errno::Einval);
            return u64{process.kept.no_huge_pages};
        case kSetMerge:
            if (!are_zero(args, 2)) return err(Errno::Einval);
            process.kept.merge_memory = args[1] != 0;
            return 0;
        case kGetMerge:
            if (!are_zero(args, 1)) return err(Errno::Einval);
            return u64{process.kept.merge_memory};
        case kSetNoExecuteGain:
            return forbid_execute_gain(process.address_space(), args);
        case kGetNoExecuteGain:
            if (!are_zero(args, 1)) return err(Errno::Einval);
            return u64{process.address_space().execute_gain()};
        case kSetMemory:
            return err(current_credentials().has(Capability::Resource) ? Errno::Einval : Errno::Eperm);
        case kSetFlusher:
        case kGetFlusher:
            if (!current_credentials().has(Capability::Resource)) return err(Errno::Eperm);
            return as_u32(args[0]) == kGetFlusher || args[1] <= 1 ? Result<u64>(0) : err(Errno::Einval);
        default:
            return std::nullopt;
    }
}

/// Who is told of broken memory: kept, for there is never any.
std::optional<Result<u64>> prctl_memory_errors(const SyscallArgs& args) {
    enum Command : u64 { kClear = 0, kSet = 1 };
    constexpr u64 kDefaultPolicy = 2;
    Process& process = current_process();
    switch (as_u32(args[0])) {
        case kSetMachineCheck:
            if (!are_zero(args, 3)) return err(Errno::Einval);
            if (args[1] == kClear) {
                if (args[2] != 0) return err(Errno::Einval);
                process.kept.memory_error_policy = kDefaultPolicy;
                return 0;
            }
            if (args[1] != kSet || args[2] > kDefaultPolicy) return err(Errno::Einval);
            process.kept.memory_error_policy = static_cast<u8>(args[2]);
            return 0;
        case kGetMachineCheck:
            if (!are_zero(args, 1)) return err(Errno::Einval);
            return u64{process.kept.memory_error_policy};
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<u64> sys_prctl(const SyscallArgs& args) {
    if (const auto done = prctl_credentials(args)) return *done;
    if (const auto done = prctl_process(args)) return *done;
    if (const auto done = prctl_memory_errors(args)) return *done;
    Task& task = current_task();
    const GuestAddr address{args[1]};
    constexpr i32 kTscAllowed = 1;
    switch (as_u32(args[0])) {
        case kSetName:
            return stored(set_name(address));
        case kGetName:
            return stored(get_name(address));
        case kGetTiming:
        case kDisablePerf:
        case kEnablePerf:
            return 0;
        case kGetSeccomp:
            return static_cast<u64>(task.seccomp_mode);
        case kSetSeccomp:
            return set_seccomp(args[1], args[2]);
        case kSetTiming:
            return args[1] == 0 ? Result<u64>(0) : err(Errno::Einval);
        case kGetTsc:
            return stored(write_user(UserOut<i32>{address}, kTscAllowed));
        case kSetTsc:
            return args[1] == kTscAllowed ? Result<u64>(0) : err(Errno::Einval);
        case kSetTimerSlack:
            return set_timer_slack(task, args[1]);
        case kGetTimerSlack:
            return task.timer_slack_ns;
        case kGetTidAddress:
            return stored(write_user(UserOut<u64>{address}, task.clear_child_tid.value));
        default:
            return err(Errno::Einval);
    }
}

}  // namespace occlum::kernel
