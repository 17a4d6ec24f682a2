#include "kernel/fs/inode.h"

#include <atomic>

#include "kernel/fs/dentry.h"
#include "kernel/fs/file_lock.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

Inode::Inode(u32 type) : type_(type & kTypeMask) {}
Inode::~Inode() = default;

FileSystemInfo Inode::file_system() { return {}; }

Result<Ref<Inode>> Inode::lookup(std::string_view) { return err(Errno::Enotdir); }
Result<Ref<Inode>> Inode::create(std::string_view, u32, u64, const Credentials&) {
    return err(is_directory() ? Errno::Eperm : Errno::Enotdir);
}
Result<Ref<Inode>> Inode::symlink(std::string_view, std::string_view, const Credentials&) {
    return err(is_directory() ? Errno::Eperm : Errno::Enotdir);
}
Result<Ref<Inode>> Inode::create_unnamed(u32, const Credentials&) { return err(Errno::Eopnotsupp); }
Result<void> Inode::link(std::string_view, Inode&) { return err(Errno::Eperm); }
Result<void> Inode::unlink(std::string_view) { return err(Errno::Eperm); }
Result<void> Inode::rmdir(std::string_view) { return err(Errno::Eperm); }
Result<void> Inode::rename(std::string_view, Inode&, std::string_view, u32) { return err(Errno::Eperm); }
Result<void> Inode::read_directory(u64, DirectorySink&) { return err(Errno::Enotdir); }
Result<std::string> Inode::read_link() { return err(Errno::Einval); }
Result<RefPtr<Dentry>> Inode::magic_target() { return RefPtr<Dentry>(); }

Result<size_t> Inode::read_data(u64, const UserBuffer&) {
    return err(is_directory() ? Errno::Eisdir : Errno::Einval);
}
Result<size_t> Inode::write_data(u64, const UserBuffer&) { return err(Errno::Einval); }
Result<size_t> Inode::read_at(u64 offset, std::span<u8> out) {
    return read_data(offset, UserBuffer::kernel(out));
}
Result<size_t> Inode::read_uncached(u64 offset, std::span<u8> out) {
    if (LongCalls::allowed()) prefetch(offset, out.size());
    return read_at(offset, out);
}
Result<size_t> Inode::write_at(u64 offset, std::span<const u8> bytes) {
    return write_data(offset, UserBuffer::kernel_source(bytes));
}
Result<void> Inode::allocate(u32, u64, u64) { return err(Errno::Eopnotsupp); }
Result<u64> Inode::seek_data(u64 offset, bool hole) {
    // Without knowledge of holes all is data, with the virtual hole at the end.
    u64 size = TRY(attributes()).size;
    if (offset >= size) return err(Errno::Enxio);
    return hole ? size : offset;
}

Result<std::string> Inode::get_xattr(std::string_view) { return err(Errno::Eopnotsupp); }
Result<void> Inode::set_xattr(std::string_view, std::string_view, u32) { return err(Errno::Eopnotsupp); }
Result<void> Inode::remove_xattr(std::string_view) { return err(Errno::Eopnotsupp); }
Result<std::string> Inode::list_xattr() { return std::string(); }

FileLocks& Inode::locks() {
    if (!locks_) locks_ = std::make_unique<FileLocks>();
    return *locks_;
}

u64 next_content_version() {
    static std::atomic<u64> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace occlum::kernel
