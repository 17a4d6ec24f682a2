// Names: directories, links, renames, and where a process stands.
#include <algorithm>

#include "kernel/fs/permission.h"
#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {
namespace {

constexpr u64 kCwd = static_cast<u64>(i64{kAtCwd});

// Lays out struct linux_dirent64 or linux_dirent records.
class DirentSink final : public DirectorySink {
public:
    DirentSink(size_t limit, bool modern) : limit_(limit), modern_(modern) {}

    bool take(const DirectoryEntry& entry) override {
        // inode, offset, length; then type and name, or name and type in the last byte.
        size_t length = (8 + 8 + 2 + 1 + entry.name.size() + 1 + 7) & ~size_t{7};
        if (bytes_.size() + length > limit_) {
            full_ = true;
            return false;
        }
        size_t end = bytes_.size() + length;
        append(entry.inode, 8);
        append(entry.next_cookie, 8);
        append(length, 2);
        if (modern_) append(entry.type, 1);
        for (char c : entry.name) bytes_.push_back(static_cast<u8>(c));
        bytes_.resize(end);
        if (!modern_) bytes_.back() = entry.type;
        return true;
    }
    const std::vector<u8>& bytes() const { return bytes_; }
    /// An entry did not fit although nothing had been taken.
    bool too_small() const { return full_ && bytes_.empty(); }

private:
    void append(u64 value, size_t size) {
        for (size_t i = 0; i < size; ++i) bytes_.push_back(static_cast<u8>(value >> (8 * i)));
    }
    std::vector<u8> bytes_;
    size_t limit_;
    bool modern_;
    bool full_ = false;
};

Result<u64> read_entries(const SyscallArgs& args, bool modern) {
    constexpr size_t kMost = 256 << 10;
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (file->is_path()) return err(Errno::Ebadf);
    DirentSink sink(std::min<size_t>(as_u32(args[2]), kMost), modern);
    u64 before = file->position();
    TRY(file->read_directory(sink));
    if (sink.too_small()) return err(Errno::Einval);
    if (Result<void> copied = copy_out({args[1]}, sink.bytes()); !copied) {
        TRY(file->seek(static_cast<i64>(before), kSeekSet));
        return err(copied.error());
    }
    return sink.bytes().size();
}

template <typename Operation>
Result<u64> at_path(u64 directory, u64 path, Operation operation) {
    PathAt at = TRY(path_at(directory, path));
    TRY(operation(at.context, at.path));
    return u64{0};
}

}  // namespace

Result<u64> sys_getdents(const SyscallArgs& args) { return read_entries(args, false); }
Result<u64> sys_getdents64(const SyscallArgs& args) { return read_entries(args, true); }

Result<u64> sys_mkdirat(const SyscallArgs& args) {
    return at_path(args[0], args[1], [&](const WalkContext& context, std::string_view path) {
        return make_directory(context, path, masked_mode(args[2]));
    });
}
Result<u64> sys_mkdir(const SyscallArgs& args) { return sys_mkdirat({kCwd, args[0], args[1]}); }

Result<u64> sys_mknodat(const SyscallArgs& args) {
    u32 mode = (as_u32(args[2]) & kTypeMask) | masked_mode(args[2]);
    u64 device = make_device((args[3] >> 8) & 0xfff, (args[3] & 0xff) | ((args[3] >> 12) & 0xf'ff00));
    return at_path(args[0], args[1], [&](const WalkContext& context, std::string_view path) {
        return make_node(context, path, mode, device);
    });
}
Result<u64> sys_mknod(const SyscallArgs& args) { return sys_mknodat({kCwd, args[0], args[1], args[2]}); }

Result<u64> sys_rmdir(const SyscallArgs& args) { return at_path(kCwd, args[0], remove_directory); }
Result<u64> sys_unlink(const SyscallArgs& args) { return at_path(kCwd, args[0], remove_file); }
Result<u64> sys_unlinkat(const SyscallArgs& args) {
    u32 flags = as_u32(args[2]);
    if ((flags & ~kAtRemoveDir) != 0) return err(Errno::Einval);
    return at_path(args[0], args[1], flags != 0 ? remove_directory : remove_file);
}

Result<u64> sys_symlinkat(const SyscallArgs& args) {
    std::string target = TRY(path_argument(args[0]));
    return at_path(args[1], args[2], [&](const WalkContext& context, std::string_view path) {
        return make_symlink(context, path, target);
    });
}
Result<u64> sys_symlink(const SyscallArgs& args) { return sys_symlinkat({args[0], kCwd, args[1]}); }

Result<u64> sys_linkat(const SyscallArgs& args) {
    u32 flags = as_u32(args[4]);
    if ((flags & ~(kAtSymlinkFollow | kAtEmptyPath)) != 0) return err(Errno::Einval);
    u32 walk_flags = (flags & kAtEmptyPath) | ((flags & kAtSymlinkFollow) != 0 ? 0 : kAtSymlinkNoFollow);
    Ref<Dentry> target = TRY(dentry_at(args[0], args[1], walk_flags));
    return at_path(args[2], args[3], [&](const WalkContext& context, std::string_view path) {
        return make_link(*target, context, path);
    });
}
Result<u64> sys_link(const SyscallArgs& args) { return sys_linkat({kCwd, args[0], kCwd, args[1], 0}); }

Result<u64> sys_renameat2(const SyscallArgs& args) {
    PathAt from = TRY(path_at(args[0], args[1]));
    PathAt to = TRY(path_at(args[2], args[3]));
    TRY(rename_path(from.context, from.path, to.context, to.path, as_u32(args[4])));
    return u64{0};
}
Result<u64> sys_renameat(const SyscallArgs& args) {
    return sys_renameat2({args[0], args[1], args[2], args[3], 0});
}
Result<u64> sys_rename(const SyscallArgs& args) { return sys_renameat2({kCwd, args[0], kCwd, args[1], 0}); }

Result<u64> sys_readlinkat(const SyscallArgs& args) {
    if (as_int(args[3]) <= 0) return err(Errno::Einval);
    Ref<Dentry> link = TRY(dentry_at(args[0], args[1], kAtEmptyPath | kAtSymlinkNoFollow));
    if (!link->inode().is_link()) {
        const bool empty = TRY(path_argument(args[1])).empty();
        return err(empty ? Errno::Enoent : Errno::Einval);
    }
    link->inode().foresee(Foresight::Link);
    std::string target = TRY(link->inode().read_link());
    size_t size = std::min<size_t>(target.size(), as_u32(args[3]));
    std::vector<u8> bytes(target.begin(), target.begin() + static_cast<std::ptrdiff_t>(size));
    TRY(copy_out({args[2]}, bytes));
    return size;
}
Result<u64> sys_readlink(const SyscallArgs& args) {
    // Unlike readlinkat(2), an empty path is always ENOENT.
    if (TRY(path_argument(args[0])).empty()) return err(Errno::Enoent);
    return sys_readlinkat({kCwd, args[0], args[1], args[2]});
}

Result<u64> sys_getcwd(const SyscallArgs& args) {
    FsContext& fs = current_view();
    if (fs.cwd->is_unlinked()) return err(Errno::Enoent);
    std::string path = path_of(fs, *fs.cwd);
    if (path.size() >= kPathLimit) return err(Errno::Enametoolong);
    if (path.size() + 1 > args[1]) return err(Errno::Erange);
    std::vector<u8> bytes(path.begin(), path.end());
    bytes.push_back(0);
    TRY(copy_out({args[0]}, bytes));
    return bytes.size();
}

namespace {

Result<void> enter_directory(Ref<Dentry>& place, Dentry& directory) {
    if (!directory.inode().is_directory()) return err(Errno::Enotdir);
    TRY(check_access(directory.inode(), current_credentials(), kMayExecute));
    place = Ref<Dentry>(directory);
    return {};
}

}  // namespace

Result<u64> sys_chdir(const SyscallArgs& args) {
    Ref<Dentry> directory = TRY(dentry_at_cwd(args[0], true));
    TRY(enter_directory(current_view().cwd, *directory));
    return u64{0};
}
Result<u64> sys_fchdir(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (!file->dentry) return err(Errno::Enotdir);
    TRY(enter_directory(current_view().cwd, *file->dentry));
    return u64{0};
}
Result<u64> sys_chroot(const SyscallArgs& args) {
    Ref<Dentry> directory = TRY(dentry_at_cwd(args[0], true));
    if (!directory->inode().is_directory()) return err(Errno::Enotdir);
    if (!current_credentials().has(Capability::ChangeRoot)) return err(Errno::Eperm);
    TRY(enter_directory(current_view().root, *directory));
    return u64{0};
}

Result<u64> sys_umask(const SyscallArgs& args) {
    return u64{std::exchange(current_view().umask, as_u32(args[0]) & 0777)};
}

}  // namespace occlum::kernel
