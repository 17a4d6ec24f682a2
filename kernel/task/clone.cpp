// clone(2), fork(2), vfork(2): new tasks and processes.
#include <bit>

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/clone_flags.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

/// EINVAL for combinations that clone(2) refuses, EPERM for new name spaces.
Result<void> check_flags(const CloneArguments& arguments) {
    const u64 flags = arguments.flags;
    if (flags & kCloneNewAny) return err(Errno::Eperm);
    if (flags & (kClonePidFd | kCloneIntoCgroup)) return err(Errno::Einval);
    if ((flags & kCloneThread) && !(flags & kCloneSigHand)) return err(Errno::Einval);
    if ((flags & kCloneSigHand) && !(flags & kCloneVm)) return err(Errno::Einval);
    if ((flags & kCloneSigHand) && (flags & kCloneClearSigHand)) return err(Errno::Einval);
    // Descriptors and working directory belong to the process here.
    const u64 shared = kCloneFiles | kCloneFs;
    if ((flags & kCloneThread) && (flags & shared) != shared) return err(Errno::Einval);
    if (arguments.exit_signal > kSigMax) return err(Errno::Einval);
    if (arguments.set_tid != 0) return err(Errno::Eperm);
    return {};
}

Result<Ref<Process>> fork_process(Process& parent, const CloneArguments& arguments) {
    const u64 flags = arguments.flags;
    RefPtr<AddressSpace> memory = parent.memory;
    if (!(flags & kCloneVm)) memory = TRY(parent.address_space().fork());
    auto child = make_ref<Process>(TRY(pid_table().allocate()));
    child->memory = std::move(memory);
    child->files = flags & kCloneFiles ? parent.files : RefPtr<FdTable>(parent.files->clone());
    child->fs = flags & kCloneFs ? parent.fs : RefPtr<FsContext>(parent.fs->clone());
    child->actions = flags & kCloneSigHand ? parent.actions : RefPtr<SignalActions>(parent.actions->clone());
    if (flags & kCloneClearSigHand) child->actions->reset_handlers();
    child->group = parent.group;
    child->session = parent.session;
    child->executable = parent.executable;
    child->credentials = parent.credentials;
    child->limits = parent.limits;
    child->name = parent.name;
    child->command_line = parent.command_line;
    child->environment = parent.environment;
    child->auxiliary = parent.auxiliary;
    child->personality = parent.personality;
    child->dumpable = parent.dumpable;
    child->no_new_privileges = parent.no_new_privileges;
    child->start_ns = enclave::monotonic_ns();
    child->exit_signal = static_cast<int>(arguments.exit_signal);
    child->alarm.set_owner(*child);
    Process& adopter = (flags & kCloneParent) && parent.parent ? *parent.parent : parent;
    if (&adopter != &parent) child->exit_signal = parent.exit_signal;
    child->parent = &adopter;
    adopter.children.push_back(child.get());
    pid_table().add(*child);
    ++life_stats().processes;
    return child;
}

/// What a new task inherits from the one that makes it.
void inherit(Task& child, Task& parent, const CloneArguments& arguments) {
    child.context = parent.context;
    child.context.gpr[sfi::RAX] = 0;
    if (!arguments.stack.is_null()) child.context.gpr[sfi::RSP] = arguments.stack.value;
    save_vector_state(child.vectors);
    child.guest_fs = arguments.flags & kCloneSetTls ? arguments.tls : parent.guest_fs;
    child.guest_gs = parent.guest_gs;
    child.blocked = parent.mask_is_temporary ? parent.saved_blocked : parent.blocked;
    child.affinity = parent.affinity;
    child.nice = parent.nice;
    child.name = parent.name;
    const bool own_stack = (arguments.flags & kCloneVm) && !(arguments.flags & kCloneVfork);
    if (!own_stack) child.alternate_stack = parent.alternate_stack;
    if (arguments.flags & kCloneChildClearTid) child.clear_child_tid = arguments.child_tid;
}

Result<void> store_tid(AddressSpace& space, GuestAddr where, u32 tid) {
    const auto bytes = std::bit_cast<std::array<u8, 4>>(tid);
    return space.copy_out(where, bytes);
}

/// A process that could not get its task.
void discard(Process& process) {
    if (process.parent) std::erase(process.parent->children, &process);
    pid_table().remove(process);
}

}  // namespace

LifeStats& life_stats() {
    static constinit LifeStats stats;
    return stats;
}

Result<u64> clone_task(const CloneArguments& arguments) {
    TRY(check_flags(arguments));
    Task& parent = current_task();
    const u64 flags = arguments.flags;
    const bool thread = (flags & kCloneThread) != 0;
    auto stack = TRY(KernelStack::create());
    Ref<Process> process =
        thread ? Ref<Process>(parent.process()) : TRY(fork_process(parent.process(), arguments));
    u32 tid = process->pid;
    if (thread) tid = TRY(pid_table().allocate());
    auto child = make_ref<Task>(tid, process, std::move(stack));
    inherit(*child, parent, arguments);

    Result<void> stored;
    if (flags & kCloneParentSetTid)
        stored = store_tid(parent.process().address_space(), arguments.parent_tid, tid);
    if (stored && (flags & kCloneChildSetTid))
        (void)store_tid(process->address_space(), arguments.child_tid, tid);
    if (!stored) {
        if (!thread) discard(*process);
        return err(stored.error());
    }
    process->tasks.push_back(child.get());
    pid_table().add(*child);
    ++life_stats().tasks;
    child->ref();  // the task's own, which finish_switch() drops when it has ended
    start_task(*child, task_main);
    if (flags & kCloneVfork) {
        process->vfork_pending = true;
        // Only the end of the parent itself cuts this short.
        (void)wait_until(
            process->vfork_done, [&] { return !process->vfork_pending || parent.must_exit; }, std::nullopt,
            Sleep::Uninterruptible);
    }
    return u64{tid};
}

}  // namespace occlum::kernel
