// seccomp(2) and prctl(2)'s older way to it.
#include "kernel/trace/seccomp.h"

#include "kernel/sched/vcpus.h"
#include "kernel/syscall/handlers.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

enum Operation : u32 { kSetStrict, kSetFilter, kActionAvailable };
constexpr u32 kSynchronise = 1, kLog = 2, kSpeculation = 4, kReportNone = 16;

Result<void> set_strict() {
    Task& task = current_task();
    if (task.seccomp_mode == SeccompMode::Filter) return err(Errno::Einval);
    task.seccomp_mode = SeccompMode::Strict;
    return {};
}

Result<std::vector<FilterInstruction>> program_argument(u64 address) {
    struct Wire {
        u16 length;
        std::array<u16, 3> padding;
        u64 program;
    };
    const auto wire = TRY(read_user(UserIn<Wire>{{address}}));
    if (wire.length == 0 || wire.length > 4096 || wire.program == 0) return err(Errno::Einval);
    std::vector<FilterInstruction> program;
    for (u64 i = 0; i < wire.length; ++i)
        program.push_back(
            TRY(read_user(UserIn<FilterInstruction>{{wire.program + i * sizeof(FilterInstruction)}})));
    return program;
}

// The threads that have not followed the caller's filters so far: 0, or one of them.
u32 diverging_thread(const Task& self) {
    for (const Task* other : self.process().tasks) {
        const SeccompFilter* theirs = other->seccomp_filter.get();
        if (other->seccomp_mode == SeccompMode::Strict) return other->tid;
        if (theirs && !(self.seccomp_filter && self.seccomp_filter->descends_from(theirs))) return other->tid;
    }
    return 0;
}

Result<u64> set_filter(u32 flags, u64 address) {
    Task& self = current_task();
    if ((flags & ~(kSynchronise | kLog | kSpeculation | kReportNone)) != 0) return err(Errno::Einval);
    const auto program = TRY(program_argument(address));
    const Credentials& who = self.credentials();
    if (!who.no_new_privileges && !who.has(Capability::Administer)) return err(Errno::Eacces);
    if (self.seccomp_mode == SeccompMode::Strict) return err(Errno::Einval);
    if ((flags & kSynchronise) != 0)
        if (const u32 other = diverging_thread(self); other != 0)
            return (flags & kReportNone) != 0 ? err(Errno::Esrch) : Result<u64>(u64{other});
    const Ref<SeccompFilter> filter = TRY(SeccompFilter::create(program, self.seccomp_filter));
    const auto install = [&](Task& task) {
        task.seccomp_filter = RefPtr<SeccompFilter>(filter);
        task.seccomp_mode = SeccompMode::Filter;
    };
    install(self);
    if ((flags & kSynchronise) == 0) return u64{0};
    stop_guests_of(self.process().address_space());  // none goes on as one without filters (own_calls.h)
    for (Task* task : self.process().tasks) {
        install(*task);
        if (self.credentials().no_new_privileges) task->forbid_new_privileges();
    }
    return u64{0};
}

Result<u64> is_available(u32 flags, u64 address) {
    if (flags != 0) return err(Errno::Einval);
    const u32 action = TRY(read_user(UserIn<u32>{{address}}));
    constexpr auto kKnown = std::to_array<u32>({kSeccompKillProcess, kSeccompKillThread, kSeccompTrap,
                                                kSeccompError, kSeccompTrace, kSeccompLog, kSeccompAllow});
    for (const u32 known : kKnown)
        if (action == known) return u64{0};
    return err(Errno::Eopnotsupp);
}

}  // namespace

Result<u64> sys_seccomp(const SyscallArgs& args) {
    switch (as_u32(args[0])) {
        case kSetStrict:
            if (as_u32(args[1]) != 0 || args[2] != 0) return err(Errno::Einval);
            TRY(set_strict());
            return u64{0};
        case kSetFilter:
            return set_filter(as_u32(args[1]), args[2]);
        case kActionAvailable:
            return is_available(as_u32(args[1]), args[2]);
        default:
            return err(Errno::Einval);
    }
}

Result<u64> set_seccomp(u64 mode, u64 address) {
    if (mode == 1) return sys_seccomp({kSetStrict, 0, 0});
    if (mode == 2) return set_filter(0, address);
    return err(Errno::Einval);
}

}  // namespace occlum::kernel
