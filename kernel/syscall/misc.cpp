// The system itself.
#include <algorithm>

#include "enclave/host.h"
#include "kernel/boot/libos.h"
#include "kernel/boot/release.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/memory_report.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr size_t kNameField = 65;
constexpr u32 kPersonality32 = 8;
using SystemNames = std::array<u8, 6 * kNameField>;

void put_name(SystemNames& names, size_t field, std::string_view text) {
    const auto slot = std::span(names).subspan(field * kNameField, kNameField - 1);
    std::ranges::copy(text.substr(0, slot.size()), slot.begin());
}

/// sethostname(2), setdomainname(2).
Result<void> set_system_name(std::string& name, u64 address, u64 size) {
    if (!current_credentials().has(Capability::Administer)) return err(Errno::Eperm);
    if (size >= kNameField) return err(Errno::Einval);
    std::array<u8, kNameField> bytes{};
    TRY(copy_in(std::span(bytes).first(size), GuestAddr{address}));
    name = std::string(bytes.begin(), std::ranges::find(bytes, u8{0}));
    return {};
}

}  // namespace

Result<u64> sys_uname(const SyscallArgs& args) {
    SystemNames names{};
    put_name(names, 0, "Linux");
    put_name(names, 1, libos_options().hostname);
    put_name(names, 2, kSystemRelease);
    put_name(names, 3, kSystemVersion);
    put_name(names, 4, (current_process().personality & 0xff) == kPersonality32 ? "i686" : "x86_64");
    put_name(names, 5, libos_options().domain_name);
    TRY(copy_out(GuestAddr{args[0]}, names));
    return 0;
}

Result<u64> sys_sethostname(const SyscallArgs& args) {
    TRY(set_system_name(libos_options().hostname, args[0], args[1]));
    return 0;
}

Result<u64> sys_setdomainname(const SyscallArgs& args) {
    TRY(set_system_name(libos_options().domain_name, args[0], args[1]));
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

Result<u64> sys_getrandom(const SyscallArgs& args) {
    constexpr u32 kNonBlock = 1, kRandom = 2, kInsecure = 4;
    const u32 flags = as_u32(args[2]);
    if (flags & ~(kNonBlock | kRandom | kInsecure)) return err(Errno::Einval);
    if ((flags & kRandom) && (flags & kInsecure)) return err(Errno::Einval);
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
