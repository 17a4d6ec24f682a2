#include "abi/hosted/host_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <utility>

namespace occlum::abi {

namespace {

std::unexpected<Errno> last_error() { return std::unexpected(static_cast<Errno>(errno)); }

Result<void> done(int result) {
    if (result < 0) return last_error();
    return {};
}

/// A descriptor that closes itself.
class Fd {
public:
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Result<Fd> open_below(int root, std::string_view path, u64 flags) {
    if (path.size() >= kMaxPath) return err(Errno::Enametoolong);
    if (path.find('\0') != std::string_view::npos) return err(Errno::Einval);
    const std::string name(path.empty() ? "." : path);
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const long fd = syscall(SYS_openat2, root, name.c_str(), &how, sizeof how);
    if (fd < 0) return last_error();
    return Fd(static_cast<int>(fd));
}

struct Place {
    Fd parent;
    std::string leaf;
};

/// The directory that holds the last component of `path`, and that component.
Result<Place> split_below(int root, std::string_view path) {
    const size_t slash = path.rfind('/');
    const bool deep = slash != std::string_view::npos;
    std::string leaf(deep ? path.substr(slash + 1) : path);
    if (leaf.empty() || leaf == "." || leaf == ".." || leaf.find('\0') != std::string::npos)
        return err(Errno::Einval);
    Fd parent = TRY(open_below(root, deep ? path.substr(0, slash) : "", O_PATH | O_DIRECTORY));
    return Place{std::move(parent), std::move(leaf)};
}

}  // namespace

HostFiles::~HostFiles() { clear(); }

void HostFiles::clear() {
    const std::lock_guard guard(lock_);
    for (const auto& mount : mounts_) ::close(mount.root);
    for (auto& file : files_)
        if (file.fd >= 0) close(file);
    mounts_.clear();
    files_.clear();
    free_.clear();
}

void HostFiles::close(OpenFile& file) {
    file.behind.reset();  // what waits still needs the descriptor
    ::close(file.fd);
    file = {};
}

Result<u32> HostFiles::add_mount(const std::string& directory, bool read_only) {
    const int fd = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return last_error();
    const std::lock_guard guard(lock_);
    mounts_.push_back({fd, read_only});
    return static_cast<u32>(mounts_.size() - 1);
}

Result<HostFiles::Mount> HostFiles::mount_at(u64 mount) const {
    const std::lock_guard guard(lock_);
    if (mount >= mounts_.size()) return err(Errno::Enodev);
    return mounts_[mount];
}

Result<HostFiles::Mount> HostFiles::writable_mount(u64 mount) const {
    const Mount found = TRY(mount_at(mount));
    if (found.read_only) return err(Errno::Erofs);
    return found;
}

Result<HostFiles::OpenFile> HostFiles::file_at(u64 handle) const {
    const std::lock_guard guard(lock_);
    if (handle >= files_.size() || files_[handle].fd < 0) return err(Errno::Ebadf);
    return files_[handle];
}

Result<FileStatReply> HostFiles::stat(u64 mount, std::string_view path) const {
    const Mount at = TRY(mount_at(mount));
    const Fd fd = TRY(open_below(at.root, path, O_PATH | O_NOFOLLOW));
    struct stat st{};
    if (fstat(fd.get(), &st) < 0) return last_error();
    FileStatReply reply{};
    reply.device = st.st_dev;
    reply.inode = st.st_ino;
    reply.mode = st.st_mode;
    reply.links = st.st_nlink;
    reply.uid = st.st_uid;
    reply.gid = st.st_gid;
    reply.rdev = st.st_rdev;
    reply.size = static_cast<u64>(st.st_size);
    reply.blocks = static_cast<u64>(st.st_blocks);
    reply.block_size = static_cast<u64>(st.st_blksize);
    reply.atime_s = st.st_atim.tv_sec;
    reply.atime_ns = static_cast<u64>(st.st_atim.tv_nsec);
    reply.mtime_s = st.st_mtim.tv_sec;
    reply.mtime_ns = static_cast<u64>(st.st_mtim.tv_nsec);
    reply.ctime_s = st.st_ctim.tv_sec;
    reply.ctime_ns = static_cast<u64>(st.st_ctim.tv_nsec);
    return reply;
}

Result<u64> HostFiles::open(u64 mount, std::string_view path, u64 flags) {
    if (flags > kFileWriteBehind) return err(Errno::Einval);
    const bool write = flags != kFileRead;
    const Mount at = TRY(write ? writable_mount(mount) : mount_at(mount));
    {
        // Looked at first: opening a device or a pipe may already have an effect.
        const Fd seen = TRY(open_below(at.root, path, O_PATH | O_NOFOLLOW));
        struct stat st{};
        if (fstat(seen.get(), &st) < 0) return last_error();
        if (S_ISDIR(st.st_mode)) return err(Errno::Eisdir);
        if (S_ISLNK(st.st_mode)) return err(Errno::Eloop);
        if (!S_ISREG(st.st_mode)) return err(Errno::Einval);
    }
    const u64 mode = write ? O_RDWR : O_RDONLY;
    Fd fd = TRY(open_below(at.root, path, mode | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    OpenFile file{.fd = fd.release(), .writable = write};
    if (flags == kFileWriteBehind) file.behind = std::make_shared<WriteBehind>(file.fd);
    const std::lock_guard guard(lock_);
    if (!free_.empty()) {
        const u64 handle = free_.back();
        free_.pop_back();
        files_[handle] = std::move(file);
        return handle;
    }
    files_.push_back(std::move(file));
    return files_.size() - 1;
}

Result<void> HostFiles::close(u64 handle) {
    OpenFile file;
    {
        const std::lock_guard guard(lock_);
        if (handle >= files_.size() || files_[handle].fd < 0) return err(Errno::Ebadf);
        file = std::exchange(files_[handle], {});
        free_.push_back(handle);
    }
    close(file);  // may take long
    return {};
}

Result<size_t> HostFiles::read(u64 handle, u64 offset, std::span<u8> out) const {
    const OpenFile file = TRY(file_at(handle));
    // What could not be written reads as what is there.
    if (file.behind) (void)file.behind->settle(offset, out.size());
    const ssize_t n = pread(file.fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0) return last_error();
    return static_cast<size_t>(n);
}

Result<size_t> HostFiles::write(u64 handle, u64 offset, std::span<const u8> bytes) const {
    const OpenFile file = TRY(file_at(handle));
    if (!file.writable) return err(Errno::Ebadf);
    if (file.behind && bytes.size() >= WriteBehind::kWorthwhile) {
        TRY(file.behind->put(offset, bytes));
        return bytes.size();
    }
    if (file.behind) TRY(file.behind->settle(offset, bytes.size()));
    const ssize_t n = pwrite(file.fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0) return last_error();
    return static_cast<size_t>(n);
}

Result<void> HostFiles::truncate(u64 handle, u64 size) const {
    const OpenFile file = TRY(file_at(handle));
    if (!file.writable) return err(Errno::Ebadf);
    if (file.behind) TRY(file.behind->settle());
    return done(ftruncate(file.fd, static_cast<off_t>(size)));
}

Result<void> HostFiles::sync(u64 handle) const {
    const OpenFile file = TRY(file_at(handle));
    if (file.behind) TRY(file.behind->settle());
    return done(fsync(file.fd));
}

Result<std::vector<HostDirItem>> HostFiles::dir_read(u64 mount, std::string_view path, u64 cookie,
                                                     size_t budget) const {
    const Mount at = TRY(mount_at(mount));
    const Fd fd = TRY(open_below(at.root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    if (cookie != 0 && lseek(fd.get(), static_cast<off_t>(cookie), SEEK_SET) < 0) return last_error();
    std::vector<HostDirItem> items;
    std::array<u8, 32768> raw;
    for (size_t used = 0; used + dir_entry_size(NAME_MAX) <= budget;) {
        // A native record takes at least as many bytes as its wire form less the larger header.
        const size_t ask = std::min(raw.size(), (budget - used) / 2);
        const long got = syscall(SYS_getdents64, fd.get(), raw.data(), ask);
        if (got < 0 && errno == EINVAL && !items.empty()) break;
        if (got < 0) return last_error();
        if (got == 0) break;
        std::span<const u8> rest = std::span(raw).first(static_cast<size_t>(got));
        while (!rest.empty()) {
            constexpr size_t kNameAt = offsetof(dirent64, d_name);
            std::array<u8, sizeof(dirent64)> bytes{};
            std::copy_n(rest.begin(), kNameAt, bytes.begin());
            const auto head = std::bit_cast<dirent64>(bytes);
            const auto name = rest.subspan(kNameAt, head.d_reclen - kNameAt);
            HostDirItem item{};
            for (u8 c : name) {
                if (c == 0) break;
                item.name.push_back(static_cast<char>(c));
            }
            item.wire = {head.d_ino, static_cast<u64>(head.d_off), head.d_type,
                         static_cast<u32>(item.name.size())};
            rest = rest.subspan(head.d_reclen);
            used += dir_entry_size(item.name.size());
            if (item.name == "." || item.name == "..") continue;
            items.push_back(std::move(item));
        }
    }
    return items;
}

Result<std::string> HostFiles::link_read(u64 mount, std::string_view path) const {
    const Mount at = TRY(mount_at(mount));
    const Fd fd = TRY(open_below(at.root, path, O_PATH | O_NOFOLLOW));
    std::string target(kMaxPath, '\0');
    const ssize_t n = readlinkat(fd.get(), "", target.data(), target.size());
    if (n < 0 && errno == ENOENT) return err(Errno::Einval);  // not a link
    if (n < 0) return last_error();
    target.resize(static_cast<size_t>(n));
    return target;
}

Result<void> HostFiles::make_file(u64 mount, std::string_view path, u32 mode) const {
    const Mount at = TRY(writable_mount(mount));
    const Place place = TRY(split_below(at.root, path));
    const int fd = openat(place.parent.get(), place.leaf.c_str(),
                          O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
    if (fd < 0) return last_error();
    ::close(fd);
    return done(fchmodat(place.parent.get(), place.leaf.c_str(), mode & 07777, 0));
}

Result<void> HostFiles::make_dir(u64 mount, std::string_view path, u32 mode) const {
    const Mount at = TRY(writable_mount(mount));
    const Place place = TRY(split_below(at.root, path));
    if (mkdirat(place.parent.get(), place.leaf.c_str(), mode & 07777) < 0) return last_error();
    return done(fchmodat(place.parent.get(), place.leaf.c_str(), mode & 07777, 0));
}

Result<void> HostFiles::make_symlink(u64 mount, std::string_view path, std::string_view target) const {
    const Mount at = TRY(writable_mount(mount));
    const Place place = TRY(split_below(at.root, path));
    return done(symlinkat(std::string(target).c_str(), place.parent.get(), place.leaf.c_str()));
}

Result<void> HostFiles::make_link(u64 mount, std::string_view old_path, std::string_view new_path) const {
    const Mount at = TRY(writable_mount(mount));
    const Place from = TRY(split_below(at.root, old_path));
    const Place to = TRY(split_below(at.root, new_path));
    return done(linkat(from.parent.get(), from.leaf.c_str(), to.parent.get(), to.leaf.c_str(), 0));
}

Result<void> HostFiles::unlink(u64 mount, std::string_view path, bool directory) const {
    const Mount at = TRY(writable_mount(mount));
    const Place place = TRY(split_below(at.root, path));
    return done(unlinkat(place.parent.get(), place.leaf.c_str(), directory ? AT_REMOVEDIR : 0));
}

Result<void> HostFiles::rename(u64 mount, std::string_view old_path, std::string_view new_path) const {
    const Mount at = TRY(writable_mount(mount));
    const Place from = TRY(split_below(at.root, old_path));
    const Place to = TRY(split_below(at.root, new_path));
    return done(renameat(from.parent.get(), from.leaf.c_str(), to.parent.get(), to.leaf.c_str()));
}

Result<void> HostFiles::set_attributes(u64 mount, std::string_view path,
                                       const SetAttributesWire& wire) const {
    const Mount at = TRY(writable_mount(mount));
    Place place = path.empty() ? Place{TRY(open_below(at.root, "", O_PATH | O_DIRECTORY)), "."}
                               : TRY(split_below(at.root, path));
    const int parent = place.parent.get();
    const char* leaf = place.leaf.c_str();
    if ((wire.mask & kSetOwner) != 0 && fchownat(parent, leaf, static_cast<uid_t>(wire.uid),
                                                 static_cast<gid_t>(wire.gid), AT_SYMLINK_NOFOLLOW) < 0)
        return last_error();
    if ((wire.mask & kSetMode) != 0) {
        struct stat st{};
        if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW) < 0) return last_error();
        if (S_ISLNK(st.st_mode)) return err(Errno::Eopnotsupp);
        if (fchmodat(parent, leaf, static_cast<mode_t>(wire.mode & 07777), 0) < 0) return last_error();
    }
    if ((wire.mask & kSetTimes) != 0) {
        const std::array<timespec, 2> times{timespec{wire.atime_s, static_cast<long>(wire.atime_ns)},
                                            timespec{wire.mtime_s, static_cast<long>(wire.mtime_ns)}};
        if (utimensat(parent, leaf, times.data(), AT_SYMLINK_NOFOLLOW) < 0) return last_error();
    }
    if ((wire.mask & kSetTimesNow) != 0 && utimensat(parent, leaf, nullptr, AT_SYMLINK_NOFOLLOW) < 0)
        return last_error();
    return {};
}

}  // namespace occlum::abi
