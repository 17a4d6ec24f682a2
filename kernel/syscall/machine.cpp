// What programs ask of a machine: its clock's discipline, its log, its file systems, its security modules,
// its end.
#include "enclave/host.h"
#include "kernel/fs/file_systems.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/wait_queue.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

bool may(Capability which) { return current_credentials().has(which); }

// struct timex.
struct TimeAdjustment {
    u32 modes, padding0;
    i64 offset, frequency, max_error, estimated_error;
    i32 status;
    u32 padding1;
    i64 constant, precision, tolerance, seconds, microseconds, tick;
    std::array<u64, 2> pulses;
    i32 shift;
    u32 padding2;
    std::array<u64, 5> pulse_counts;
    i32 leap_seconds;
    std::array<u32, 11> unused;
};
static_assert(sizeof(TimeAdjustment) == 208);

// The clock is the host's: nothing is known of how well it is kept, and it cannot be set from here.
Result<u64> read_discipline(u64 address) {
    constexpr i32 kUnsynchronised = 0x40;
    constexpr i64 kUnknown = 16'000'000, kTolerance = 32'768'000, kTick = 10'000;
    constexpr u64 kTimeError = 5;
    const auto asked = TRY(read_user(UserIn<TimeAdjustment>{{address}}));
    constexpr u32 kOnlyOffset = 0xa001;  // ADJ_OFFSET_SS_READ
    if (asked.modes != 0 && asked.modes != kOnlyOffset) return err(Errno::Eperm);
    const u64 now = enclave::realtime_ns();
    const TimeAdjustment told{.modes = 0,
                              .padding0 = 0,
                              .offset = 0,
                              .frequency = 0,
                              .max_error = kUnknown,
                              .estimated_error = kUnknown,
                              .status = kUnsynchronised,
                              .padding1 = 0,
                              .constant = 2,
                              .precision = 1,
                              .tolerance = kTolerance,
                              .seconds = static_cast<i64>(now / kNsPerSecond),
                              .microseconds = static_cast<i64>(now % kNsPerSecond / 1000),
                              .tick = kTick,
                              .pulses = {},
                              .shift = 0,
                              .padding2 = 0,
                              .pulse_counts = {},
                              .leap_seconds = 0,
                              .unused = {}};
    TRY(write_user(UserOut<TimeAdjustment>{{address}}, told));
    return kTimeError;
}

}  // namespace

Result<u64> sys_adjtimex(const SyscallArgs& args) { return read_discipline(args[0]); }

Result<u64> sys_clock_adjtime(const SyscallArgs& args) {
    constexpr i32 kRealtime = 0, kLastClock = 11;
    if (as_int(args[0]) == kRealtime) return read_discipline(args[1]);
    return err(as_int(args[0]) < 0 || as_int(args[0]) > kLastClock ? Errno::Einval : Errno::Eopnotsupp);
}

// The kernel's messages go to the host's console; the log that programs could read stays empty.
Result<u64> sys_syslog(const SyscallArgs& args) {
    enum Action : u32 {
        kClose,
        kOpen,
        kRead,
        kReadAll,
        kReadClear,
        kClear,
        kConsoleOff,
        kConsoleOn,
        kConsoleLevel,
        kUnread,
        kBufferSize
    };
    const i32 size = as_int(args[2]);
    const u32 action = as_u32(args[0]);
    const bool open_to_all = action == kReadAll || action == kBufferSize;
    constexpr Capability kSyslog{34};
    if (!open_to_all && !may(kSyslog) && !may(Capability::Administer)) return err(Errno::Eperm);
    switch (action) {
        case kRead:
        case kReadAll:
        case kReadClear:
            if (args[1] == 0 || size < 0) return err(Errno::Einval);
            if (action == kRead && size > 0) {
                WaitQueue never;
                TRY(wait_until(never, [] { return false; }, std::nullopt, Sleep::Interruptible));
            }
            return u64{0};
        case kConsoleLevel:
            return size >= 1 && size <= 8 ? Result<u64>(u64{0}) : err(Errno::Einval);
        case kBufferSize:
            return u64{1} << 16;
        default:
            return action <= kUnread ? Result<u64>(u64{0}) : err(Errno::Einval);
    }
}

Result<u64> sys_ustat(const SyscallArgs& args) {
    struct Answer {
        i32 free_blocks;
        u32 padding;
        u64 free_files;
        std::array<u8, 12> names;
        u32 padding2;
    };
    const u32 wanted = as_u32(args[0]);
    for (const Ref<Dentry>& root : mount_roots()) {
        const FileSystemInfo info = root->inode().file_system();
        if (static_cast<u32>(info.device) != wanted) continue;
        TRY(write_user(UserOut<Answer>{{args[1]}},
                       Answer{static_cast<i32>(info.free_blocks), 0, info.free_files, {}, 0}));
        return u64{0};
    }
    return err(Errno::Einval);
}

Result<u64> sys_sysfs(const SyscallArgs& args) {
    const auto types = file_system_types();
    switch (as_u32(args[0])) {
        case 1: {
            const std::string name = TRY(copy_in_string({args[1]}, kPageSize - 1));
            for (size_t i = 0; i < types.size(); ++i)
                if (types[i] == name) return u64{i};
            return err(Errno::Einval);
        }
        case 2: {
            if (args[1] >= types.size()) return err(Errno::Einval);
            std::vector<u8> name(types[args[1]].begin(), types[args[1]].end());
            name.push_back(0);
            TRY(copy_out({args[2]}, name));
            return u64{0};
        }
        case 3:
            return u64{types.size()};
        default:
            return err(Errno::Einval);
    }
}

// The only module is that of the capabilities, which has no attributes.
Result<u64> sys_lsm_list_modules(const SyscallArgs& args) {
    constexpr u64 kCapabilityModule = 100;
    if (args[2] != 0) return err(Errno::Einval);
    const u32 room = TRY(read_user(UserIn<u32>{{args[1]}}));
    TRY(write_user(UserOut<u32>{{args[1]}}, static_cast<u32>(sizeof kCapabilityModule)));
    if (room < sizeof kCapabilityModule) return err(Errno::E2big);
    TRY(write_user(UserOut<u64>{{args[0]}}, kCapabilityModule));
    return u64{1};
}
Result<u64> sys_lsm_get_self_attr(const SyscallArgs& args) {
    constexpr u64 kSingle = 1;
    if (args[0] == 0 || (args[3] & ~kSingle) != 0) return err(Errno::Einval);
    TRY(read_user(UserIn<u32>{{args[2]}}));
    return err(Errno::Eopnotsupp);
}
Result<u64> sys_lsm_set_self_attr(const SyscallArgs& args) {
    struct Context {
        u64 module, flags, size, context_size;
    };
    if (args[3] != 0 || args[2] < sizeof(Context)) return err(Errno::Einval);
    if (args[2] > kPageSize) return err(Errno::E2big);
    TRY(read_user(UserIn<Context>{{args[1]}}));
    return err(Errno::Eopnotsupp);
}

// As in a process name space: the initial process ends as by the signal that Linux names.
Result<u64> sys_reboot(const SyscallArgs& args) {
    constexpr u32 kMagic = 0xfee1'dead;
    constexpr auto kSecond = std::to_array<u32>({672274793, 85072278, 369367448, 537993216});
    constexpr u32 kRestart = 0x0123'4567, kRestart2 = 0xa1b2'c3d4, kHalt = 0xcdef'0123,
                  kPowerOff = 0x4321'fedc;
    constexpr Capability kBoot{22};
    if (!may(kBoot)) return err(Errno::Eperm);
    bool known = false;
    for (const u32 magic : kSecond) known |= as_u32(args[1]) == magic;
    if (as_u32(args[0]) != kMagic || !known) return err(Errno::Einval);
    const u32 command = as_u32(args[2]);
    const bool restart = command == kRestart || command == kRestart2;
    if (!restart && command != kHalt && command != kPowerOff) return err(Errno::Einval);
    if (const RefPtr<Process> initial = pid_table().process(1))
        begin_exit(*initial, {kCldKilled, static_cast<u32>(restart ? kSigHup : kSigInt)});
    return u64{0};
}

// As on a processor without protection keys.
Result<u64> sys_pkey_alloc(const SyscallArgs& args) {
    constexpr u64 kRights = 3;
    if (args[0] != 0 || (args[1] & ~kRights) != 0) return err(Errno::Einval);
    return err(Errno::Enospc);
}
Result<u64> sys_pkey_free(const SyscallArgs&) { return err(Errno::Einval); }
Result<u64> sys_pkey_mprotect(const SyscallArgs& args) {
    if (as_int(args[3]) != -1) return err(Errno::Einval);
    return sys_mprotect(args);
}

}  // namespace occlum::kernel
