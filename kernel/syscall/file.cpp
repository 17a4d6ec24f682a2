// Opening, reading, writing.
#include "kernel/fs/attribute_change.h"
#include "kernel/fs/inotify.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/secure/secure_file_system.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

Result<u64> install(Ref<OpenFile> file, u32 flags) {
    return static_cast<u64>(TRY(current_files().add(file, (flags & kOpenCloseOnExec) != 0)));
}

Result<u64> open_call(u64 directory, u64 path, u32 flags, u64 mode, u32 resolve = 0) {
    PathAt at = TRY(path_at(directory, path));
    Ref<OpenFile> file =
        TRY(open_at(at.context, at.path, {.flags = flags, .mode = masked_mode(mode), .resolve = resolve}));
    return install(file, flags);
}

constexpr u64 kCwd = static_cast<u64>(i64{kAtCwd});

Result<u64> vectored(Result<Ref<OpenFile>> file, u64 vectors, u64 count, std::optional<u64> offset,
                     Result<size_t> (*transfer)(OpenFile&, std::span<const IoVector>, std::optional<u64>)) {
    Ref<OpenFile> open = TRY(std::move(file));
    return transfer(*open, TRY(read_io_vectors(vectors, count)), offset);
}

Result<u64> offset_argument(u64 offset) {
    if (as_i64(offset) < 0) return err(Errno::Einval);
    return offset;
}

// preadv2(2). RWF_HIPRI is a hint.
enum : u64 { kDataSync = 2, kFullSync = 4, kNoWait = 8, kAppend = 16, kKnownTransferFlags = 31 };

// preadv2 and pwritev2: offset -1 is the file position.
Result<std::optional<u64>> offset_or_position(u64 offset, u64 flags) {
    if ((as_u32(flags) & ~kKnownTransferFlags) != 0) return err(Errno::Eopnotsupp);
    if (as_i64(offset) == -1) return std::optional<u64>();
    return std::optional<u64>(TRY(offset_argument(offset)));
}

// RWF_NOWAIT: what would wait for others says EAGAIN. Files only wait for the host.
Result<void> check_no_wait(OpenFile& file, u64 flags, u32 ready) {
    if ((flags & kNoWait) == 0) return {};
    const RefPtr<Inode> inode = file.inode();
    if (inode && inode->is_regular()) return {};
    if ((file.poll(nullptr) & (ready | kPollError | kPollHangUp)) == 0) return err(Errno::Eagain);
    return {};
}

}  // namespace

Result<u64> sys_open(const SyscallArgs& args) { return open_call(kCwd, args[0], as_u32(args[1]), args[2]); }
Result<u64> sys_openat(const SyscallArgs& args) {
    return open_call(args[0], args[1], as_u32(args[2]), args[3]);
}
Result<u64> sys_creat(const SyscallArgs& args) {
    return open_call(kCwd, args[0], kOpenCreate | kOpenWriteOnly | kOpenTruncate, args[1]);
}

Result<u64> sys_openat2(const SyscallArgs& args) {
    struct OpenHow {
        u64 flags, mode, resolve;
    };
    constexpr u64 kKnown = 037777777;
    constexpr u64 kWithPath = kOpenPath | kOpenDirectory | kOpenNoFollow | kOpenCloseOnExec;
    // Names are always "cached": RESOLVE_CACHED asks for nothing that is not so.
    constexpr u64 kResolveCached = 32;
    if (args[3] < sizeof(OpenHow)) return err(Errno::Einval);
    TRY(check_zero_tail(args[2], sizeof(OpenHow), args[3]));
    OpenHow how = TRY(read_user(UserIn<OpenHow>{{args[2]}}));
    if ((how.flags & ~kKnown) != 0 || how.mode > kModeMask || how.resolve >= 64) return err(Errno::Einval);
    if ((how.flags & kOpenPath) != 0 && (how.flags & ~kWithPath) != 0) return err(Errno::Einval);
    if ((how.resolve & kResolveBeneath) != 0 && (how.resolve & kResolveInRoot) != 0)
        return err(Errno::Einval);
    const bool changes =
        (how.flags & (kOpenTruncate | kOpenCreate | (kOpenTemporary & ~kOpenDirectory))) != 0;
    if ((how.resolve & kResolveCached) != 0 && changes) return err(Errno::Eagain);
    if (how.mode != 0 && (how.flags & (kOpenCreate | (kOpenTemporary & ~kOpenDirectory))) == 0)
        return err(Errno::Einval);
    return open_call(args[0], args[1], as_u32(how.flags), how.mode, as_u32(how.resolve & ~kResolveCached));
}

Result<u64> sys_close(const SyscallArgs& args) {
    TRY(current_files().close(as_int(args[0])));
    return u64{0};
}

Result<u64> sys_close_range(const SyscallArgs& args) {
    constexpr u32 kUnshare = 2, kCloexec = 4;
    u32 first = as_u32(args[0]), last = as_u32(args[1]), flags = as_u32(args[2]);
    if (first > last || (flags & ~(kUnshare | kCloexec)) != 0) return err(Errno::Einval);
    Task& task = current_task();
    if ((flags & kUnshare) != 0 && task.files->ref_count() > 1)
        task.files = RefPtr<FdTable>(task.files->clone());
    if ((flags & kCloexec) == 0) {
        task.files->close_range(first, last);
        return u64{0};
    }
    for (int fd : task.files->open_descriptors())
        if (static_cast<u32>(fd) >= first && static_cast<u32>(fd) <= last)
            TRY(task.files->set_close_on_exec(fd, true));
    return u64{0};
}

Result<u64> sys_read(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(readable_file(args[0]));
    return read_file(*file, TRY(buffer_argument(args[1], args[2])));
}

Result<u64> sys_write(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(writable_file(args[0]));
    return write_file(*file, TRY(buffer_argument(args[1], args[2])));
}

Result<u64> sys_pread64(const SyscallArgs& args) {
    u64 offset = TRY(offset_argument(args[3]));
    Ref<OpenFile> file = TRY(readable_file(args[0]));
    return read_file(*file, TRY(buffer_argument(args[1], args[2])), offset);
}

Result<u64> sys_pwrite64(const SyscallArgs& args) {
    u64 offset = TRY(offset_argument(args[3]));
    Ref<OpenFile> file = TRY(writable_file(args[0]));
    return write_file(*file, TRY(buffer_argument(args[1], args[2])), offset);
}

Result<u64> sys_readv(const SyscallArgs& args) {
    return vectored(readable_file(args[0]), args[1], args[2], std::nullopt, read_vectors);
}
Result<u64> sys_writev(const SyscallArgs& args) {
    return vectored(writable_file(args[0]), args[1], args[2], std::nullopt, write_vectors);
}
Result<u64> sys_preadv(const SyscallArgs& args) {
    return vectored(readable_file(args[0]), args[1], args[2], TRY(offset_argument(args[3])), read_vectors);
}
Result<u64> sys_pwritev(const SyscallArgs& args) {
    return vectored(writable_file(args[0]), args[1], args[2], TRY(offset_argument(args[3])), write_vectors);
}
Result<u64> sys_preadv2(const SyscallArgs& args) {
    const std::optional<u64> offset = TRY(offset_or_position(args[3], args[5]));
    const Ref<OpenFile> file = TRY(readable_file(args[0]));
    TRY(check_no_wait(*file, args[5], kPollIn));
    return vectored(file, args[1], args[2], offset, read_vectors);
}
Result<u64> sys_pwritev2(const SyscallArgs& args) {
    std::optional<u64> offset = TRY(offset_or_position(args[3], args[5]));
    const Ref<OpenFile> file = TRY(writable_file(args[0]));
    TRY(check_no_wait(*file, args[5], kPollOut));
    if (const RefPtr<Inode> inode = file->inode(); (args[5] & kAppend) != 0 && inode && inode->is_regular()) {
        const u64 end = TRY(inode->attributes()).size;
        if (offset)
            offset = end;
        else
            TRY(file->seek(as_i64(end), kSeekSet));
    }
    const u64 done = TRY(vectored(file, args[1], args[2], offset, write_vectors));
    if ((args[5] & (kDataSync | kFullSync)) != 0 && done != 0) TRY(file->sync());
    return done;
}

Result<u64> sys_lseek(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (file->is_path()) return err(Errno::Ebadf);
    if (as_u32(args[2]) > kSeekHole) return err(Errno::Einval);
    return file->seek(as_i64(args[1]), as_int(args[2]));
}

Result<u64> sys_truncate(const SyscallArgs& args) {
    if (as_i64(args[1]) < 0) return err(Errno::Einval);
    Ref<Dentry> dentry = TRY(dentry_at_cwd(args[0], true));
    if (dentry->inode().is_regular()) TRY(require_writable(*dentry));
    if (dentry->inode().users.running != 0) return err(Errno::Etxtbsy);
    TRY(check_growth(dentry->inode(), args[1]));
    TRY(break_leases(dentry->inode(), true, false));
    TRY(truncate_path(dentry->inode(), current_credentials(), args[1]));
    notify(*dentry, kNotifyModify);
    return u64{0};
}

Result<u64> sys_ftruncate(const SyscallArgs& args) {
    if (as_i64(args[1]) < 0) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    RefPtr<Inode> inode = file->inode();
    if (file->is_path()) return err(Errno::Ebadf);
    if (!file->writable() || !inode || !inode->is_regular()) return err(Errno::Einval);
    u64 size = TRY(inode->attributes()).size;
    u32 forbidden = args[1] < size ? kSealShrink : args[1] > size ? kSealGrow : 0;
    if ((inode->seals & forbidden) != 0) return err(Errno::Eperm);
    TRY(check_growth(*inode, args[1]));
    TRY(resize(*inode, current_credentials(), args[1]));
    if (file->dentry) notify(*file->dentry, kNotifyModify);
    return u64{0};
}

Result<u64> sys_fallocate(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(writable_file(args[0]));
    if (as_i64(args[2]) < 0 || as_i64(args[3]) <= 0) return err(Errno::Einval);
    RefPtr<Inode> inode = file->inode();
    if (!inode || inode->type() == kTypeFifo) return err(Errno::Espipe);
    if (!inode->is_regular()) return err(inode->is_directory() ? Errno::Eisdir : Errno::Enodev);
    constexpr u32 kKeepSize = 1, kPunchHole = 2;
    u32 mode = as_u32(args[1]);
    if ((mode & kPunchHole) != 0 && (inode->seals & kSealedAgainstWrites) != 0) return err(Errno::Eperm);
    bool grows = (mode & kKeepSize) == 0 && args[2] + args[3] > TRY(inode->attributes()).size;
    if (grows && (inode->seals & kSealGrow) != 0) return err(Errno::Eperm);
    if (grows) TRY(check_growth(*inode, args[2] + args[3]));
    TRY(allocate(*inode, current_credentials(), as_u32(args[1]), args[2], args[3]));
    return u64{0};
}

namespace {

Result<u64> sync_descriptor(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (file->is_path()) return err(Errno::Ebadf);
    RefPtr<Inode> inode = file->inode();
    if (inode && (inode->type() == kTypeFifo || inode->type() == kTypeSocket)) return err(Errno::Einval);
    TRY(file->sync());
    return u64{0};
}

bool is_pipe_or_socket(OpenFile& file) {
    const RefPtr<Inode> inode = file.inode();
    return inode && (inode->type() == kTypeFifo || inode->type() == kTypeSocket);
}

}  // namespace

Result<u64> sys_fsync(const SyscallArgs& args) { return sync_descriptor(args[0]); }
Result<u64> sys_fdatasync(const SyscallArgs& args) { return sync_descriptor(args[0]); }
Result<u64> sys_sync_file_range(const SyscallArgs& args) {
    if (as_i64(args[1]) < 0 || as_i64(args[2]) < 0 || as_u32(args[3]) > 7) return err(Errno::Einval);
    if (is_pipe_or_socket(*TRY(file_argument(args[0])))) return err(Errno::Espipe);
    return sync_descriptor(args[0]);
}
Result<u64> sys_sync(const SyscallArgs&) {
    sync_secure_file_systems();
    return u64{0};
}
Result<u64> sys_syncfs(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    TRY(file->sync());
    return u64{0};
}
// Advice: checked, then taken as given.
Result<u64> sys_fadvise64(const SyscallArgs& args) {
    const Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (file->is_path()) return err(Errno::Ebadf);
    const RefPtr<Inode> inode = file->inode();
    if (inode && inode->type() == kTypeFifo) return err(Errno::Espipe);
    if (as_i64(args[2]) < 0 || as_u32(args[3]) > 5) return err(Errno::Einval);
    return u64{0};
}
Result<u64> sys_readahead(const SyscallArgs& args) {
    const RefPtr<Inode> inode = TRY(readable_file(args[0]))->inode();
    if (!inode || (!inode->is_regular() && inode->type() != kTypeBlock)) return err(Errno::Einval);
    return u64{0};
}

}  // namespace occlum::kernel
