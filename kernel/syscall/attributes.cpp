// What files are: stat and its kin, permissions, owners, times.
#include "kernel/fs/attribute_change.h"
#include "kernel/fs/inotify.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/time.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/stat_types.h"
#include "kernel/syscall/time_types.h"

namespace occlum::kernel {
namespace {

constexpr u64 kCwd = static_cast<u64>(i64{kAtCwd});

Result<u64> write_stat(const Attributes& file, u64 to) {
    TRY(write_user(UserOut<LinuxStat>{{to}}, to_stat(file)));
    return u64{0};
}

Result<u64> stat_path(u64 path, u64 to, bool follow) {
    return write_stat(TRY(TRY(dentry_at_cwd(path, follow))->inode().attributes()), to);
}

Result<void> check_flags(u32 flags, u32 known) {
    if ((flags & ~known) != 0) return err(Errno::Einval);
    return {};
}

}  // namespace

LinuxStat to_stat(const Attributes& file) {
    return {.device = file.device,
            .inode = file.inode,
            .links = file.links,
            .mode = file.mode,
            .uid = file.uid,
            .gid = file.gid,
            .padding = 0,
            .rdev = file.rdev,
            .size = file.size,
            .block_size = file.block_size,
            .blocks = file.blocks,
            .accessed_s = file.accessed.seconds,
            .accessed_ns = file.accessed.nanoseconds,
            .modified_s = file.modified.seconds,
            .modified_ns = file.modified.nanoseconds,
            .changed_s = file.changed.seconds,
            .changed_ns = file.changed.nanoseconds,
            .unused = {}};
}

LinuxStatx to_statx(const Attributes& file, Dentry& dentry) {
    constexpr u32 kBasicAndBirth = 0xfff, kMountNumber = 0x1000;
    constexpr u64 kMountRoot = 0x2000;
    const Ref<Dentry> root = mount_root_of(dentry);
    auto time = [](const TimeSpec& t) { return StatxTime{t.seconds, t.nanoseconds, 0}; };
    return {.mask = kBasicAndBirth | kMountNumber,
            .block_size = static_cast<u32>(file.block_size),
            .attributes = root.get() == &dentry ? kMountRoot : 0,
            .links = file.links,
            .uid = file.uid,
            .gid = file.gid,
            .mode = static_cast<u16>(file.mode),
            .padding = 0,
            .inode = file.inode,
            .size = file.size,
            .blocks = file.blocks,
            .attributes_mask = kMountRoot,
            .accessed = time(file.accessed),
            .born = time(file.born),
            .changed = time(file.changed),
            .modified = time(file.modified),
            .rdev_major = device_major(file.rdev),
            .rdev_minor = device_minor(file.rdev),
            .device_major = device_major(file.device),
            .device_minor = device_minor(file.device),
            .mount = root->mount ? root->mount->id : 0,
            .spare = {}};
}

LinuxStatfs to_statfs(const FileSystemInfo& info, u32 mount_flags) {
    constexpr u64 kValid = 0x20, kReadOnly = 1, kRelatime = 0x1000, kNoSymlinks = 0x2000;
    u64 flags = kValid | (info.read_only ? kReadOnly : 0) |
                // ST_RDONLY to ST_NODIRATIME have the numbers of MS_*.
                (mount_flags & (kMountKept & ~(kMountRelatime | kMountNoSymlinks)));
    if ((mount_flags & kMountRelatime) != 0) flags |= kRelatime;
    if ((mount_flags & kMountNoSymlinks) != 0) flags |= kNoSymlinks;
    return {.type = info.magic,
            .block_size = info.block_size,
            .blocks = info.blocks,
            .free_blocks = info.free_blocks,
            .available_blocks = info.free_blocks,
            .files = info.files,
            .free_files = info.free_files,
            .id = info.device,
            .name_length = kNameLimit,
            .fragment_size = info.block_size,
            .flags = flags,
            .spare = {}};
}

Result<u64> sys_stat(const SyscallArgs& args) { return stat_path(args[0], args[1], true); }
Result<u64> sys_lstat(const SyscallArgs& args) { return stat_path(args[0], args[1], false); }
Result<u64> sys_fstat(const SyscallArgs& args) {
    return write_stat(TRY(TRY(file_argument(args[0]))->attributes()), args[1]);
}
Result<u64> sys_newfstatat(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    TRY(check_flags(flags, kAtEmptyPath | kAtSymlinkNoFollow | kAtNoAutomount));
    return write_stat(TRY(TRY(dentry_at(args[0], args[1], flags))->inode().attributes()), args[2]);
}
Result<u64> sys_statx(const SyscallArgs& args) {
    u32 flags = as_u32(args[2]);
    TRY(check_flags(flags, kAtEmptyPath | kAtSymlinkNoFollow | kAtNoAutomount | kAtStatxSyncMask));
    if ((flags & kAtStatxSyncMask) == kAtStatxSyncMask || (as_u32(args[3]) >> 31) != 0)
        return err(Errno::Einval);
    const Ref<Dentry> dentry = TRY(dentry_at(args[0], args[1], flags));
    const Attributes file = TRY(dentry->inode().attributes());
    TRY(write_user(UserOut<LinuxStatx>{{args[4]}}, to_statx(file, *dentry)));
    return u64{0};
}

namespace {

Result<u64> write_statfs(Inode& inode, u32 mount_flags, u64 to) {
    TRY(write_user(UserOut<LinuxStatfs>{{to}}, to_statfs(inode.file_system(), mount_flags)));
    return u64{0};
}

}  // namespace

Result<u64> sys_statfs(const SyscallArgs& args) {
    Ref<Dentry> dentry = TRY(dentry_at_cwd(args[0], true));
    return write_statfs(dentry->inode(), mount_flags_of(*dentry), args[1]);
}
Result<u64> sys_fstatfs(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    RefPtr<Inode> inode = file->inode();
    if (!inode) return err(Errno::Ebadf);
    return write_statfs(*inode, file->dentry ? mount_flags_of(*file->dentry) : kMountRelatime, args[1]);
}

namespace {

// access(2) asks for the real identity.
Result<u64> access_call(u64 directory, u64 path, u64 mode, u32 flags) {
    TRY(check_flags(flags, kAtEaccess | kAtSymlinkNoFollow | kAtEmptyPath));
    u32 wanted = as_u32(mode);
    if (wanted > 7) return err(Errno::Einval);
    Credentials who = current_credentials();
    if ((flags & kAtEaccess) == 0) {
        who.euid = who.fsuid = who.uid;
        who.egid = who.fsgid = who.gid;
        who.effective = who.uid == 0 ? who.permitted : Capabilities();
    }
    Inode* inode = nullptr;
    RefPtr<Dentry> found;
    if ((flags & kAtEmptyPath) != 0) {
        found = RefPtr<Dentry>(TRY(dentry_at(directory, path, flags)));
    } else {
        PathAt at = TRY(path_at(directory, path));
        FsContext view(at.context.root, at.context.base);
        found = RefPtr<Dentry>(TRY(walk(WalkContext(view, who), at.path, (flags & kAtSymlinkNoFollow) == 0)));
    }
    inode = &found->inode();
    if (wanted == 0) return u64{0};
    TRY(check_access(*inode, who, wanted));
    const u32 flags_there = inode->is_regular() || inode->is_directory() ? mount_flags_of(*found) : 0;
    if ((wanted & kMayExecute) != 0 && inode->is_regular() && (flags_there & kMountNoExec) != 0)
        return err(Errno::Eacces);
    if ((wanted & kMayWrite) != 0 && (flags_there & kMountReadOnly) != 0) return err(Errno::Erofs);
    return u64{0};
}

}  // namespace

Result<u64> sys_access(const SyscallArgs& args) { return access_call(kCwd, args[0], args[1], 0); }
Result<u64> sys_faccessat(const SyscallArgs& args) { return access_call(args[0], args[1], args[2], 0); }
Result<u64> sys_faccessat2(const SyscallArgs& args) {
    return access_call(args[0], args[1], args[2], as_u32(args[3]));
}

namespace {

Result<u64> chmod_dentry(Result<Ref<Dentry>> named, u64 mode) {
    Ref<Dentry> dentry = TRY(std::move(named));
    TRY(require_writable(*dentry));
    TRY(change_mode(dentry->inode(), current_credentials(), as_u32(mode)));
    notify(*dentry, kNotifyAttributes);
    return u64{0};
}

Result<u64> chown_dentry(Result<Ref<Dentry>> named, u64 uid, u64 gid) {
    Ref<Dentry> dentry = TRY(std::move(named));
    TRY(require_writable(*dentry));
    TRY(change_owner(dentry->inode(), current_credentials(), as_u32(uid), as_u32(gid)));
    notify(*dentry, kNotifyAttributes);
    return u64{0};
}

Result<Ref<Dentry>> descriptor_dentry(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (file->is_path() || !file->dentry) return err(Errno::Ebadf);
    return Ref<Dentry>(*file->dentry);
}

}  // namespace

Result<u64> sys_chmod(const SyscallArgs& args) { return chmod_dentry(dentry_at_cwd(args[0], true), args[1]); }
Result<u64> sys_fchmod(const SyscallArgs& args) { return chmod_dentry(descriptor_dentry(args[0]), args[1]); }
Result<u64> sys_fchmodat(const SyscallArgs& args) {
    return chmod_dentry(dentry_at(args[0], args[1], 0), args[2]);
}
Result<u64> sys_fchmodat2(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    TRY(check_flags(flags, kAtEmptyPath | kAtSymlinkNoFollow));
    return chmod_dentry(dentry_at(args[0], args[1], flags), args[2]);
}

Result<u64> sys_chown(const SyscallArgs& args) {
    return chown_dentry(dentry_at_cwd(args[0], true), args[1], args[2]);
}
Result<u64> sys_lchown(const SyscallArgs& args) {
    return chown_dentry(dentry_at_cwd(args[0], false), args[1], args[2]);
}
Result<u64> sys_fchown(const SyscallArgs& args) {
    return chown_dentry(descriptor_dentry(args[0]), args[1], args[2]);
}
Result<u64> sys_fchownat(const SyscallArgs& args) {
    u32 flags = as_u32(args[4]);
    TRY(check_flags(flags, kAtEmptyPath | kAtSymlinkNoFollow));
    return chown_dentry(dentry_at(args[0], args[1], flags), args[2], args[3]);
}

namespace {

constexpr i64 kTimeNow = 0x3fff'ffff;
constexpr i64 kTimeOmit = 0x3fff'fffe;

struct TimePair {
    TimeChange accessed, modified;
};

Result<TimeChange> to_change(const Timespec& time) {
    using Kind = TimeChange::Kind;
    if (time.nanoseconds == kTimeNow) return TimeChange{.kind = Kind::Now, .time = {}};
    if (time.nanoseconds == kTimeOmit) return TimeChange{.kind = Kind::Omit, .time = {}};
    if (time.nanoseconds < 0 || time.nanoseconds >= i64{kNsPerSecond}) return err(Errno::Einval);
    return TimeChange{.kind = Kind::Set, .time = {time.seconds, static_cast<u32>(time.nanoseconds)}};
}

Result<TimeChange> to_change(const Timeval& time) {
    if (time.microseconds < 0 || time.microseconds >= 1'000'000) return err(Errno::Einval);
    return to_change(Timespec{time.seconds, time.microseconds * 1000});
}

// Two of T at `address`; none: both now.
template <typename T>
Result<TimePair> read_times(u64 address) {
    if (address == 0) return TimePair{};
    return TimePair{.accessed = TRY(to_change(TRY(read_user(UserIn<T>{{address}})))),
                    .modified = TRY(to_change(TRY(read_user(UserIn<T>{{address + sizeof(T)}}))))};
}

Result<u64> set_times(Result<Ref<Dentry>> named, const TimePair& times) {
    Ref<Dentry> dentry = TRY(std::move(named));
    TRY(require_writable(*dentry));
    TRY(change_times(dentry->inode(), current_credentials(), times.accessed, times.modified));
    notify(*dentry, kNotifyAttributes);
    return u64{0};
}

}  // namespace

Result<u64> sys_utimensat(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    TRY(check_flags(flags, kAtEmptyPath | kAtSymlinkNoFollow));
    TimePair times = TRY(read_times<Timespec>(args[2]));
    // Nothing to change: nobody looks where.
    if (times.accessed.kind == TimeChange::Kind::Omit && times.modified.kind == TimeChange::Kind::Omit)
        return u64{0};
    if (args[1] == 0 && as_int(args[0]) != kAtCwd) {
        TRY(check_flags(flags, 0));
        return set_times(descriptor_dentry(args[0]), times);
    }
    return set_times(dentry_at(args[0], args[1], flags), times);
}
Result<u64> sys_utimes(const SyscallArgs& args) {
    TimePair times = TRY(read_times<Timeval>(args[1]));
    return set_times(dentry_at_cwd(args[0], true), times);
}
Result<u64> sys_futimesat(const SyscallArgs& args) {
    TimePair times = TRY(read_times<Timeval>(args[2]));
    if (args[1] == 0) return set_times(descriptor_dentry(args[0]), times);
    return set_times(dentry_at(args[0], args[1], 0), times);
}
Result<u64> sys_utime(const SyscallArgs& args) {
    TimePair times;
    if (args[1] != 0) {
        times.accessed = TRY(to_change(Timespec{TRY(read_user(UserIn<i64>{{args[1]}})), 0}));
        times.modified = TRY(to_change(Timespec{TRY(read_user(UserIn<i64>{{args[1] + 8}})), 0}));
    }
    return set_times(dentry_at_cwd(args[0], true), times);
}

}  // namespace occlum::kernel
