// Processes and threads: beginning, changing program, ending, being waited for, groups and sessions.
#include "kernel/fs/constants.h"
#include "kernel/sched/scheduler.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/usage_wire.h"
#include "kernel/task/clone_flags.h"
#include "kernel/task/futex.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/wait.h"

namespace occlum::kernel {

namespace {

constexpr size_t kLongestArgument = 128 << 10;
constexpr size_t kMostArgumentBytes = 2 << 20;
constexpr size_t kLongestPath = 4095;
constexpr u64 kExitSignalMask = 0xff;

/// A NULL-terminated vector of strings; `used` counts their bytes.
Result<std::vector<std::string>> read_strings(GuestAddr vector, size_t& used) {
    std::vector<std::string> strings;
    if (vector.is_null()) return strings;
    for (GuestAddr slot = vector;; slot = slot + sizeof(u64)) {
        const u64 address = TRY(read_user(UserIn<u64>{slot}));
        if (address == 0) return strings;
        current_address_space().foresee({address}, 1);
        auto text = copy_in_string(GuestAddr{address}, kLongestArgument);
        if (!text) return err(text.error() == Errno::Enametoolong ? Errno::E2big : text.error());
        used += text->size() + 1 + sizeof(u64);
        if (used > kMostArgumentBytes) return err(Errno::E2big);
        strings.push_back(std::move(*text));
    }
}

Result<u64> execute_from_user(Ref<OpenFile> file, std::string_view path, u64 arguments, u64 environment) {
    size_t used = 0;
    auto argv = TRY(read_strings(GuestAddr{arguments}, used));
    auto envp = TRY(read_strings(GuestAddr{environment}, used));
    if (argv.empty()) argv.emplace_back();
    TRY(execute(std::move(file), path, std::move(argv), std::move(envp)));
    return 0;
}

Result<u32> group_of(u32 pid) {
    if (pid == 0) return current_process().group;
    const auto process = pid_table().process(pid);
    if (!process) return err(Errno::Esrch);
    return process->group;
}

bool group_is_in_session(u32 group, u32 session) {
    for (const auto& [pid, process] : pid_table().processes())
        if (process->group == group && process->session == session) return true;
    return false;
}

CloneArguments plain_fork(u64 flags) {
    CloneArguments arguments;
    arguments.flags = flags;
    arguments.exit_signal = kSigChld;
    return arguments;
}

struct CloneWire {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};
constexpr u64 kSmallestCloneWire = 64;

Result<void> store_usage(u64 where, const WaitResult& found) {
    if (where == 0) return {};
    return write_user(UserOut<UsageWire>{GuestAddr{where}}, usage_wire(found.usage));
}

/// waitid(P_PIDFD): the process, and EAGAIN instead of waiting when the descriptor says so.
struct PidFdTarget {
    u32 pid;
    bool non_blocking;
};
Result<PidFdTarget> pid_fd_target(u64 descriptor) {
    const Ref<OpenFile> file = TRY(file_argument(descriptor));
    const PidFd* pidfd = file->as_pid_fd();
    if (!pidfd) return err(Errno::Ebadf);
    return PidFdTarget{pidfd->process().pid, file->non_blocking()};
}

/// EAGAIN: the user that the task became has too many still.
Result<void> check_task_limit() {
    Task& task = current_task();
    const u64 limit = task.process().limits.of(Resource::Processes).soft;
    if (task.over_task_limit && tasks_of_user(current_credentials().uid) > limit) return err(Errno::Eagain);
    task.over_task_limit = false;
    return {};
}

}  // namespace

Result<u64> sys_fork(const SyscallArgs&) { return clone_task(plain_fork(0)); }

Result<u64> sys_vfork(const SyscallArgs&) { return clone_task(plain_fork(kCloneVm | kCloneVfork)); }

Result<u64> sys_clone(const SyscallArgs& args) {
    const u64 flags = as_u32(args[0]) & ~kExitSignalMask;
    // One argument cannot take both numbers.
    if ((flags & kClonePidFd) && (flags & (kCloneParentSetTid | kCloneDetached))) return err(Errno::Einval);
    return clone_task({.flags = flags & ~u64{kCloneDetached},
                       .parent_tid = {args[2]},
                       .child_tid = {args[3]},
                       .exit_signal = args[0] & kExitSignalMask,
                       .stack = {args[1]},
                       .tls = args[4],
                       .pidfd = {args[2]}});
}

Result<u64> sys_clone3(const SyscallArgs& args) {
    const u64 size = args[1];
    if (size < kSmallestCloneWire) return err(Errno::Einval);
    std::array<u8, sizeof(CloneWire)> bytes{};
    TRY(check_zero_tail(args[0], bytes.size(), size));
    TRY(copy_in(std::span(bytes).first(std::min<u64>(size, bytes.size())), GuestAddr{args[0]}));
    const auto wire = std::bit_cast<CloneWire>(bytes);
    if (wire.exit_signal > kExitSignalMask || (wire.flags & kExitSignalMask)) return err(Errno::Einval);
    if ((wire.stack == 0) != (wire.stack_size == 0)) return err(Errno::Einval);
    const bool inherits_signal = (wire.flags & (kCloneThread | kCloneParent)) != 0;
    if (inherits_signal && wire.exit_signal != 0) return err(Errno::Einval);
    constexpr u64 kKnown = 0x3'ffff'ff80 & ~u64{kCloneDetached};
    if (wire.flags & ~kKnown) return err(Errno::Einval);
    if ((wire.set_tid == 0) != (wire.set_tid_size == 0) || wire.set_tid_size > 1) return err(Errno::Einval);
    u32 number = 0;
    if (wire.set_tid != 0) {
        number = TRY(read_user(UserIn<u32>{GuestAddr{wire.set_tid}}));
        if (number == 0) return err(Errno::Einval);
    }
    return clone_task({.flags = wire.flags,
                       .parent_tid = {wire.parent_tid},
                       .child_tid = {wire.child_tid},
                       .exit_signal = wire.exit_signal,
                       .stack = {wire.stack + wire.stack_size},
                       .tls = wire.tls,
                       .set_tid = number,
                       .pidfd = {wire.pidfd}});
}

/// Undoes what clone(2) shared. There is one name space of each kind.
Result<u64> sys_unshare(const SyscallArgs& args) {
    const u64 flags = as_u32(args[0]);
    constexpr u64 kKnown = kCloneFs | kCloneFiles | kCloneVm | kCloneSigHand | kCloneThread | kCloneSysVSem |
                           kCloneNewNs | kCloneNewAny;
    const Process& process = current_process();
    if (flags & ~kKnown) return err(Errno::Einval);
    if ((flags & (kCloneThread | kCloneSigHand | kCloneVm)) && process.tasks.size() > 1)
        return err(Errno::Einval);
    if (flags & (kCloneNewNs | kCloneNewAny)) return err(Errno::Eperm);
    Task& task = current_task();
    if ((flags & kCloneFs) && task.view->ref_count() > 1) task.view = RefPtr<FsContext>(task.view->clone());
    if ((flags & kCloneFiles) && task.files->ref_count() > 1)
        task.files = RefPtr<FdTable>(task.files->clone());
    return 0;
}

Result<u64> sys_execve(const SyscallArgs& args) {
    TRY(check_task_limit());
    const std::string path = TRY(copy_in_string(GuestAddr{args[0]}, kLongestPath));
    auto file = TRY(open_executable(current_view(), current_credentials(), path));
    return execute_from_user(std::move(file), path, args[1], args[2]);
}

Result<u64> sys_execveat(const SyscallArgs& args) {
    TRY(check_task_limit());
    const i32 directory = as_int(args[0]);
    const u32 flags = as_u32(args[4]);
    if (flags & ~(kAtEmptyPath | kAtSymlinkNoFollow)) return err(Errno::Einval);
    std::string path = TRY(copy_in_string(GuestAddr{args[1]}, kLongestPath));
    if (path.empty() && (flags & kAtEmptyPath)) {
        auto file = TRY(current_files().get(directory));
        if (file->dentry) {
            path = path_of(current_view(), *file->dentry);
            file = TRY(open_executable(*file->dentry, current_credentials()));
        }
        return execute_from_user(std::move(file), path, args[2], args[3]);
    }
    if (path.empty()) return err(Errno::Enoent);
    if (!path.starts_with('/') && directory != kAtCwd) {
        const auto base = TRY(current_files().get(directory));
        if (!base->dentry) return err(Errno::Enotdir);
        path = path_of(current_view(), *base->dentry) + '/' + path;
    }
    auto file = TRY(open_executable(current_view(), current_credentials(), path));
    return execute_from_user(std::move(file), path, args[2], args[3]);
}

Result<u64> sys_exit(const SyscallArgs& args) {
    begin_task_exit(current_task(), as_u32(args[0]));
    return 0;
}

Result<u64> sys_exit_group(const SyscallArgs& args) {
    begin_exit(current_process(), {kCldExited, as_u32(args[0]) & 0xff});
    return 0;
}

Result<u64> sys_wait4(const SyscallArgs& args) {
    const u32 options = as_u32(args[2]);
    constexpr u32 kAllowed = kWaitNoHang | kWaitStopped | kWaitContinued | kWaitAnyKind;
    if (options & ~kAllowed) return err(Errno::Einval);
    const i32 pid = as_int(args[0]);
    constexpr i32 kNobody = -0x7fff'ffff - 1;
    WaitSelector which;
    if (pid > 0)
        which = {WaitSelector::Kind::Pid, static_cast<u32>(pid)};
    else if (pid == kNobody)
        return err(Errno::Esrch);
    else if (pid == 0)
        which = {WaitSelector::Kind::Group, current_process().group};
    else if (pid < -1)
        which = {WaitSelector::Kind::Group, 0u - static_cast<u32>(pid)};
    const auto found = TRY(wait_for_child(which, options | kWaitExited));
    if (found.pid == 0) return 0;
    if (args[1] != 0) TRY(write_user(UserOut<u32>{GuestAddr{args[1]}}, found.change.wait_word()));
    TRY(store_usage(args[3], found));
    return u64{found.pid};
}

Result<u64> sys_waitid(const SyscallArgs& args) {
    const u32 options = as_u32(args[3]);
    constexpr u32 kEvents = kWaitExited | kWaitStopped | kWaitContinued;
    if ((options & ~(kEvents | kWaitNoHang | kWaitNoReap | kWaitAnyKind)) || !(options & kEvents))
        return err(Errno::Einval);
    enum Kind : i32 { kAnyChild = 0, kOnePid = 1, kOneGroup = 2, kOnePidFd = 3 };
    WaitSelector which;
    const u32 id = as_u32(args[1]);
    bool again = false;
    switch (as_int(args[0])) {
        case kAnyChild:
            break;
        case kOnePid:
            if (as_int(args[1]) <= 0) return err(Errno::Einval);
            which = {WaitSelector::Kind::Pid, id};
            break;
        case kOneGroup:
            if (as_int(args[1]) < 0) return err(Errno::Einval);
            which = {WaitSelector::Kind::Group, id ? id : current_process().group};
            break;
        case kOnePidFd: {
            if (as_int(args[1]) < 0) return err(Errno::Einval);
            const PidFdTarget target = TRY(pid_fd_target(args[1]));
            which = {WaitSelector::Kind::Pid, target.pid};
            again = target.non_blocking;
            break;
        }
        default:
            return err(Errno::Einval);
    }
    const auto found = TRY(wait_for_child(which, again ? options | kWaitNoHang : options));
    if (again && found.pid == 0 && !(options & kWaitNoHang)) return err(Errno::Eagain);
    if (args[2] != 0) {
        SigInfo info;
        if (found.pid != 0)
            info = SigInfo::child(found.change.code, found.pid, found.uid, found.change.status, 0, 0);
        TRY(write_user(UserOut<SigInfo>{GuestAddr{args[2]}}, info));
    }
    if (found.pid != 0) TRY(store_usage(args[4], found));
    return 0;
}

Result<u64> sys_getpid(const SyscallArgs&) { return u64{current_process().pid}; }
Result<u64> sys_gettid(const SyscallArgs&) { return u64{current_task().tid}; }
Result<u64> sys_getppid(const SyscallArgs&) {
    const Process* parent = current_process().parent;
    return u64{parent ? parent->pid : 0};
}

Result<u64> sys_getpgid(const SyscallArgs& args) { return u64{TRY(group_of(as_u32(args[0])))}; }
Result<u64> sys_getpgrp(const SyscallArgs&) { return u64{current_process().group}; }

Result<u64> sys_setpgid(const SyscallArgs& args) {
    Process& self = current_process();
    const u32 pid = as_u32(args[0]) ? as_u32(args[0]) : self.pid;
    if (as_int(args[1]) < 0) return err(Errno::Einval);
    const u32 group = as_u32(args[1]) ? as_u32(args[1]) : pid;
    if (static_cast<i32>(group) < 0) return err(Errno::Einval);
    const auto target = pid_table().process(pid);
    if (!target) return err(Errno::Esrch);
    if (target.get() != &self) {
        if (target->parent != &self) return err(Errno::Esrch);
        if (target->session != self.session) return err(Errno::Eperm);
        if (target->executed) return err(Errno::Eacces);
    }
    if (target->session == target->pid) return err(Errno::Eperm);
    if (group != pid && !group_is_in_session(group, self.session)) return err(Errno::Eperm);
    target->group = group;
    return 0;
}

Result<u64> sys_setsid(const SyscallArgs&) {
    Process& self = current_process();
    if (group_is_in_session(self.pid, self.session) && self.group == self.pid) return err(Errno::Eperm);
    for (const auto& [pid, process] : pid_table().processes())
        if (process->group == self.pid) return err(Errno::Eperm);
    self.session = self.group = self.pid;
    return u64{self.pid};
}

Result<u64> sys_getsid(const SyscallArgs& args) {
    if (as_u32(args[0]) == 0) return u64{current_process().session};
    const auto process = pid_table().process(as_u32(args[0]));
    if (!process) return err(Errno::Esrch);
    return u64{process->session};
}

Result<u64> sys_set_tid_address(const SyscallArgs& args) {
    current_task().clear_child_tid = {args[0]};
    return u64{current_task().tid};
}

}  // namespace occlum::kernel
