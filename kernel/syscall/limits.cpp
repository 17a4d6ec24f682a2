// Resource limits and usage.
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/usage_wire.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u64 kMostFiles = 1 << 20;

Result<Resource> to_resource(u64 number) {
    if (as_u32(number) >= static_cast<u32>(Resource::Count)) return err(Errno::Einval);
    return static_cast<Resource>(as_u32(number));
}

/// Limits that others enforce are kept where they look.
void publish_limits(Process& process) {
    const ResourceLimits& limits = process.limits;
    for (Task* task : process.tasks)
        if (task->files) task->files->limit = limits.of(Resource::OpenFiles).soft;
    if (!process.memory) return;
    process.memory->limits = {limits.of(Resource::AddressSpace).soft, limits.of(Resource::Data).soft,
                              limits.of(Resource::Stack).soft, limits.of(Resource::LockedMemory).soft};
}

Result<void> change_limit(Process& process, Resource resource, const ResourceLimit& wanted) {
    ResourceLimit& limit = process.limits.of(resource);
    if (wanted.soft > wanted.hard) return err(Errno::Einval);
    if (wanted.hard > limit.hard && !current_credentials().has(Capability::Resource))
        return err(Errno::Eperm);
    if (resource == Resource::OpenFiles && wanted.hard > kMostFiles) return err(Errno::Eperm);
    limit = wanted;
    publish_limits(process);
    return {};
}

Result<Ref<Process>> process_of(u64 argument) {
    if (as_u32(argument) == 0) return Ref<Process>(current_process());
    const auto task = pid_table().task(as_u32(argument));
    if (!task) return err(Errno::Esrch);
    const Ref<Process> process(task->process());
    const Credentials &who = current_credentials(), &whom = task->credentials();
    const bool same_user = who.uid == whom.uid && who.uid == whom.euid && who.uid == whom.suid;
    const bool same_group = who.gid == whom.gid && who.gid == whom.egid && who.gid == whom.sgid;
    if (process.get() != &current_process() && !(same_user && same_group) && !who.has(Capability::Resource))
        return err(Errno::Eperm);
    return process;
}

}  // namespace

Result<u64> sys_prlimit64(const SyscallArgs& args) {
    const auto process = TRY(process_of(args[0]));
    const Resource resource = TRY(to_resource(args[1]));
    const ResourceLimit old = process->limits.of(resource);
    if (args[2] != 0) {
        const auto wanted = TRY(read_user(UserIn<ResourceLimit>{GuestAddr{args[2]}}));
        TRY(change_limit(*process, resource, wanted));
    }
    if (args[3] != 0) TRY(write_user(UserOut<ResourceLimit>{GuestAddr{args[3]}}, old));
    return 0;
}

Result<u64> sys_getrlimit(const SyscallArgs& args) { return sys_prlimit64({0, args[0], 0, args[1]}); }

Result<u64> sys_setrlimit(const SyscallArgs& args) {
    if (args[1] == 0) return err(Errno::Efault);
    return sys_prlimit64({0, args[0], args[1], 0});
}

Result<u64> sys_getrusage(const SyscallArgs& args) {
    constexpr i32 kSelf = 0, kChildren = -1, kThread = 1;
    const Process& process = current_process();
    Usage usage;
    switch (as_int(args[0])) {
        case kSelf:
            usage = process.usage();
            break;
        case kChildren:
            usage = process.ended_children;
            break;
        case kThread:
            usage = current_task().usage();
            usage.peak_resident_bytes = process.usage().peak_resident_bytes;
            break;
        default:
            return err(Errno::Einval);
    }
    TRY(write_user(UserOut<UsageWire>{GuestAddr{args[1]}}, usage_wire(usage)));
    return 0;
}

}  // namespace occlum::kernel
