// clone(2), fork(2), vfork(2): new tasks and processes.
#include <algorithm>
#include <bit>
#include <utility>

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/clone_flags.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

/// EINVAL for combinations that clone(2) refuses, EPERM for new name spaces.
Result<void> check_flags(const CloneArguments& arguments) {
    const u64 flags = arguments.flags;
    if ((flags & kCloneFs) && (flags & (kCloneNewNs | kCloneNewUser))) return err(Errno::Einval);
    if (flags & kCloneNewAny) return err(Errno::Eperm);
    if (flags & kCloneIntoCgroup) return err(Errno::Einval);
    if ((flags & kClonePidFd) && (flags & kCloneThread)) return err(Errno::Einval);
    if ((flags & kCloneThread) && !(flags & kCloneSigHand)) return err(Errno::Einval);
    if ((flags & kCloneSigHand) && !(flags & kCloneVm)) return err(Errno::Einval);
    if ((flags & kCloneSigHand) && (flags & kCloneClearSigHand)) return err(Errno::Einval);
    if (arguments.exit_signal > kSigMax) return err(Errno::Einval);
    if (arguments.set_tid != 0 && !current_credentials().has(Capability::Administer))
        return err(Errno::Eperm);
    return {};
}

Result<u32> new_number(const CloneArguments& arguments) {
    return arguments.set_tid != 0 ? pid_table().claim(arguments.set_tid) : pid_table().allocate();
}

/// EAGAIN: the user has RLIMIT_NPROC tasks already. User 0 and the capable are free of it.
Result<void> check_task_limit(const Process& process) {
    const Credentials& who = current_credentials();
    const u64 limit = process.limits.of(Resource::Processes).soft;
    if (limit == kUnlimited || who.uid == 0) return {};
    if (who.has(Capability::Resource) || who.has(Capability::Administer)) return {};
    return tasks_of_user(who.uid) < limit ? Result<void>() : err(Errno::Eagain);
}

Result<Ref<Process>> fork_process(Process& parent, const CloneArguments& arguments) {
    const u64 flags = arguments.flags;
    RefPtr<AddressSpace> memory = parent.memory;
    if (!(flags & kCloneVm)) memory = TRY(parent.address_space().fork());
    auto child = make_ref<Process>(TRY(new_number(arguments)), current_task().shared_credentials());
    child->memory = std::move(memory);
    child->actions = flags & kCloneSigHand ? parent.actions : RefPtr<SignalActions>(parent.actions->clone());
    if (flags & kCloneClearSigHand) child->actions->reset_handlers();
    child->group = parent.group;
    child->session = parent.session;
    child->executable = parent.executable;
    child->limits = parent.limits;
    child->name = parent.name;
    child->command_line = parent.command_line;
    child->environment = parent.environment;
    child->auxiliary = parent.auxiliary;
    child->personality = parent.personality;
    child->memory_rank = parent.memory_rank;
    child->dumpable = parent.dumpable;
    child->start_ns = enclave::monotonic_ns();
    child->exit_signal = static_cast<int>(arguments.exit_signal);
    child->own_timers();
    Process& adopter = (flags & kCloneParent) && parent.parent ? *parent.parent : parent;
    if (&adopter != &parent) child->exit_signal = parent.exit_signal;
    child->parent = &adopter;
    child->parent_tid = &adopter == &parent ? current_task().tid : parent.parent_tid;
    adopter.children.push_back(child.get());
    pid_table().add(*child);
    ++life_stats().processes;
    return child;
}

/// What a new task inherits from the one that makes it.
void inherit(Task& child, Task& parent, const CloneArguments& arguments) {
    child.files = arguments.flags & kCloneFiles ? parent.files : RefPtr<FdTable>(parent.files->clone());
    child.view = arguments.flags & kCloneFs ? parent.view : RefPtr<FsContext>(parent.view->clone());
    child.context = parent.context;
    child.context.gpr[sfi::RAX] = 0;
    if (!arguments.stack.is_null()) child.context.gpr[sfi::RSP] = arguments.stack.value;
    save_vector_state(child.vectors);
    child.guest_fs = arguments.flags & kCloneSetTls ? arguments.tls : parent.guest_fs;
    child.guest_gs = parent.guest_gs;
    child.blocked = parent.mask_is_temporary ? parent.saved_blocked : parent.blocked;
    child.affinity = parent.affinity;
    child.scheduling = parent.scheduling;
    if (parent.scheduling.reset_on_fork) {
        const int nice = parent.scheduling.is_real_time() ? 0 : std::max(parent.scheduling.nice, 0);
        child.scheduling = {.nice = nice, .io_priority = parent.scheduling.io_priority};
    }
    child.name = parent.name;
    child.over_task_limit = std::exchange(parent.over_task_limit, false);
    child.timer_slack_ns = parent.timer_slack_ns;
    child.memory_policy = parent.memory_policy;
    child.seccomp_mode = parent.seccomp_mode;
    child.seccomp_filter = parent.seccomp_filter;
    const bool own_stack = (arguments.flags & kCloneVm) && !(arguments.flags & kCloneVfork);
    if (!own_stack) child.alternate_stack = parent.alternate_stack;
    if (arguments.flags & kCloneChildClearTid) child.clear_child_tid = arguments.child_tid;
}

Result<void> store_tid(AddressSpace& space, GuestAddr where, u32 tid) {
    const auto bytes = std::bit_cast<std::array<u8, 4>>(tid);
    return space.copy_out(where, bytes);
}

}  // namespace

LifeStats& life_stats() {
    static constinit LifeStats stats;
    return stats;
}

u64 tasks_of_user(u32 uid) {
    u64 count = 0;
    for (const auto& [tid, task] : pid_table().tasks())
        if (task->credentials().uid == uid) ++count;
    return count;
}

Result<u64> clone_task(const CloneArguments& arguments) {
    TRY(check_flags(arguments));
    Task& parent = current_task();
    const u64 flags = arguments.flags;
    const bool thread = (flags & kCloneThread) != 0;
    TRY(check_task_limit(parent.process()));
    auto stack = TRY(KernelStack::create());
    Ref<Process> process =
        thread ? Ref<Process>(parent.process()) : TRY(fork_process(parent.process(), arguments));
    u32 tid = process->pid;
    if (thread) tid = TRY(new_number(arguments));
    auto child = make_ref<Task>(tid, process, parent.shared_credentials(), std::move(stack));
    inherit(*child, parent, arguments);

    AddressSpace& space = parent.process().address_space();
    Result<void> stored;
    if (flags & kCloneParentSetTid) stored = store_tid(space, arguments.parent_tid, tid);
    std::optional<int> pidfd;
    if (stored && (flags & kClonePidFd)) {
        const auto added = parent.files->add(make_pid_fd(*process, 0), true);
        if (added) {
            pidfd = *added;
            stored = store_tid(space, arguments.pidfd, static_cast<u32>(*added));
        } else {
            stored = err(added.error());
        }
    }
    if (stored && (flags & kCloneChildSetTid))
        (void)store_tid(process->address_space(), arguments.child_tid, tid);
    if (!stored) {
        if (pidfd) (void)parent.files->close(*pidfd);
        if (!thread) discard_process(*process);
        return err(stored.error());
    }
    process->tasks.push_back(child.get());
    pid_table().add(*child);
    ++life_stats().tasks;
    child->ref();  // the task's own, which finish_switch() drops when it has ended
    const int exit_signal = static_cast<int>(arguments.exit_signal);
    trace_new_task(parent, *child, flags, exit_signal);
    start_task(*child, task_main);
    if (parent.trace) trace_event(parent, clone_event(flags, exit_signal), tid);
    if (flags & kCloneVfork) {
        process->vfork_pending = true;
        // Only the end of the parent itself cuts this short.
        (void)wait_until(
            process->vfork_done, [&] { return !process->vfork_pending || parent.must_exit; }, std::nullopt,
            Sleep::Uninterruptible);
        if (parent.trace && !parent.must_exit) trace_event(parent, kEventVforkDone, tid);
    }
    return u64{tid};
}

}  // namespace occlum::kernel
