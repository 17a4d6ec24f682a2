#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {

u32 masked_mode(u64 mode) { return as_u32(mode) & kModeMask & ~current_view().umask; }

Result<Ref<OpenFile>> file_argument(u64 descriptor) { return current_files().get(as_int(descriptor)); }

Result<Ref<OpenFile>> readable_file(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (!file->readable()) return err(Errno::Ebadf);
    return file;
}

Result<Ref<OpenFile>> writable_file(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (!file->writable()) return err(Errno::Ebadf);
    return file;
}

Result<std::string> path_argument(u64 address) { return copy_in_string({address}, kPathLimit - 1); }

Result<PathAt> path_at(u64 directory, u64 path) {
    std::string text = TRY(path_argument(path));
    FsContext& fs = current_view();
    if (as_int(directory) == kAtCwd || text.starts_with('/'))
        return PathAt{.path = std::move(text), .context = WalkContext(fs, current_credentials())};
    Ref<OpenFile> file = TRY(file_argument(directory));
    if (!file->dentry || !file->dentry->inode().is_directory()) {
        // An empty path is ENOENT whatever the descriptor is.
        return err(text.empty() ? Errno::Enoent : Errno::Enotdir);
    }
    return PathAt{.path = std::move(text), .context = WalkContext(fs, *file->dentry, current_credentials())};
}

Result<Ref<Dentry>> dentry_at(u64 directory, u64 path, u32 flags) {
    if ((flags & kAtEmptyPath) != 0) {
        // Linux takes a null pointer for the empty path, too.
        std::string text = path == 0 ? std::string() : TRY(path_argument(path));
        if (text.empty()) {
            if (as_int(directory) == kAtCwd) return current_view().cwd;
            Ref<OpenFile> file = TRY(file_argument(directory));
            if (!file->dentry) return err(Errno::Ebadf);
            return Ref<Dentry>(*file->dentry);
        }
    }
    PathAt at = TRY(path_at(directory, path));
    return walk(at.context, at.path, (flags & kAtSymlinkNoFollow) == 0);
}

Result<Ref<Dentry>> dentry_at_cwd(u64 path, bool follow) {
    return dentry_at(static_cast<u64>(i64{kAtCwd}), path, follow ? 0 : kAtSymlinkNoFollow);
}

Result<void> check_zero_tail(u64 address, u64 known, u64 size) {
    if (size > kPageSize) return err(Errno::E2big);
    if (size <= known) return {};
    std::vector<u8> tail(size - known);
    TRY(copy_in(tail, {address + known}));
    for (const u8 byte : tail)
        if (byte != 0) return err(Errno::E2big);
    return {};
}

Result<UserBuffer> buffer_argument(u64 address, u64 size) {
    if (as_i64(size) < 0) return err(Errno::Efault);  // it ends outside of what users have
    return UserBuffer::guest({address}, std::min(size, kMaxTransfer));
}

}  // namespace occlum::kernel
