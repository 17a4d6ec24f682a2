// The system itself, and switches of a process.
#include <algorithm>

#include "enclave/host.h"
#include "kernel/boot/libos.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/memory_report.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr size_t kNameField = 65;
using SystemNames = std::array<u8, 6 * kNameField>;

void put_name(SystemNames& names, size_t field, std::string_view text) {
    const auto slot = std::span(names).subspan(field * kNameField, kNameField - 1);
    std::ranges::copy(text.substr(0, slot.size()), slot.begin());
}

constexpr size_t kCommandName = 16;

Result<void> set_name(GuestAddr from) {
    std::array<u8, kCommandName> bytes{};
    // The name may end before the sixteen bytes do, and the page with it.
    std::string name;
    for (size_t i = 0; i + 1 < bytes.size(); ++i) {
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

Result<u64> set_switch(bool& which, u64 value) {
    if (value > 1) return err(Errno::Einval);
    which = value != 0;
    return 0;
}

enum Prctl : u32 {
    kSetDeathSignal = 1,
    kGetDeathSignal = 2,
    kGetDumpable = 3,
    kSetDumpable = 4,
    kGetKeepCapabilities = 7,
    kSetKeepCapabilities = 8,
    kSetName = 15,
    kGetName = 16,
    kGetSeccomp = 21,
    kReadBoundingCapability = 23,
    kDropBoundingCapability = 24,
    kSetTimerSlack = 29,
    kGetTimerSlack = 30,
    kSetSubreaper = 36,
    kGetSubreaper = 37,
    kSetNoNewPrivileges = 38,
    kGetNoNewPrivileges = 39,
    kSetHugePages = 41,
    kGetHugePages = 42,
};

}  // namespace

Result<u64> sys_uname(const SyscallArgs& args) {
    SystemNames names{};
    put_name(names, 0, "Linux");
    put_name(names, 1, libos_options().hostname);
    put_name(names, 2, "6.1.0-occlum");
    put_name(names, 3, "#1 SMP occlum");
    put_name(names, 4, "x86_64");
    put_name(names, 5, "(none)");
    TRY(copy_out(GuestAddr{args[0]}, names));
    return 0;
}

Result<u64> sys_sethostname(const SyscallArgs& args) {
    if (!current_process().credentials.is_superuser()) return err(Errno::Eperm);
    if (args[1] >= kNameField) return err(Errno::Einval);
    std::array<u8, kNameField> bytes{};
    TRY(copy_in(std::span(bytes).first(args[1]), GuestAddr{args[0]}));
    const auto end = std::ranges::find(bytes, u8{0});
    libos_options().hostname = std::string(bytes.begin(), end);
    return 0;
}

Result<u64> sys_sysinfo(const SyscallArgs& args) {
    struct Info {
        u64 uptime;
        std::array<u64, 3> loads;
        u64 total, free, shared, buffers, swap_total, swap_free;
        u16 processes, padding;
        u32 padding2;
        u64 high_total, high_free;
        u32 unit, padding3;
    };
    static_assert(sizeof(Info) == 112);
    Info info{};
    info.uptime = enclave::monotonic_ns() / kNsPerSecond;
    const MemoryReport memory = memory_report();
    info.total = memory.total;
    info.free = memory.free;
    info.processes = static_cast<u16>(std::min<size_t>(pid_table().tasks().size(), 0xffff));
    info.unit = 1;
    TRY(write_user(UserOut<Info>{GuestAddr{args[0]}}, info));
    return 0;
}

Result<u64> sys_personality(const SyscallArgs& args) {
    constexpr u32 kOnlyAsk = ~u32{0};
    Process& process = current_process();
    const u32 old = process.personality;
    if (as_u32(args[0]) != kOnlyAsk) process.personality = as_u32(args[0]);
    return u64{old};
}

Result<u64> sys_prctl(const SyscallArgs& args) {
    Process& process = current_process();
    const GuestAddr address{args[1]};
    switch (as_u32(args[0])) {
        case kSetDeathSignal:
            if (args[1] > kSigMax) return err(Errno::Einval);
            process.parent_death_signal = static_cast<int>(args[1]);
            return 0;
        case kGetDeathSignal:
            TRY(write_user(UserOut<i32>{address}, process.parent_death_signal));
            return 0;
        case kGetDumpable:
            return u64{process.dumpable};
        case kSetDumpable:
            return set_switch(process.dumpable, args[1]);
        case kGetKeepCapabilities:
            return 0;
        case kSetKeepCapabilities:
            return args[1] > 1 ? Result<u64>(err(Errno::Einval)) : 0;
        case kSetName:
            TRY(set_name(address));
            return 0;
        case kGetName:
            TRY(get_name(address));
            return 0;
        case kGetSeccomp:
            return 0;
        case kReadBoundingCapability:
            return args[1] > 40 ? Result<u64>(err(Errno::Einval)) : 1;
        case kDropBoundingCapability:
            return process.credentials.is_superuser() ? Result<u64>(0) : err(Errno::Eperm);
        case kSetTimerSlack:
            return 0;
        case kGetTimerSlack:
            return 50'000;
        case kSetSubreaper:
            process.subreaper = args[1] != 0;
            return 0;
        case kGetSubreaper:
            TRY(write_user(UserOut<i32>{address}, i32{process.subreaper}));
            return 0;
        case kSetNoNewPrivileges:
            if (args[1] != 1) return err(Errno::Einval);
            process.no_new_privileges = true;
            return 0;
        case kGetNoNewPrivileges:
            return u64{process.no_new_privileges};
        case kSetHugePages:
            return 0;
        case kGetHugePages:
            return 0;
        default:
            return err(Errno::Einval);
    }
}

Result<u64> sys_getrandom(const SyscallArgs& args) {
    constexpr u32 kFlags = 1 | 2 | 4;
    if (as_u32(args[2]) & ~kFlags) return err(Errno::Einval);
    constexpr u64 kMost = 0x7fff'f000;
    const u64 size = std::min(args[1], kMost);
    std::array<u8, 256> chunk{};
    for (u64 done = 0; done < size;) {
        const auto piece = std::span(chunk).first(std::min<u64>(chunk.size(), size - done));
        enclave::random_bytes(piece);
        if (const auto stored = copy_out(GuestAddr{args[0] + done}, piece); !stored)
            return done > 0 ? Result<u64>(done) : err(stored.error());
        done += piece.size();
    }
    return size;
}

}  // namespace occlum::kernel
