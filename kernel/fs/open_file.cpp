#include "kernel/fs/open_file.h"

#include <algorithm>

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/async_signal.h"
#include "kernel/fs/directory_notice.h"
#include "kernel/fs/epoll.h"
#include "kernel/fs/file_lock.h"
#include "kernel/fs/inotify.h"
#include "kernel/fs/lease.h"
#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {

OpenFile::OpenFile(u32 flags) : flags_(flags & ~kOpenNoTty) {}

OpenFile::~OpenFile() {
    // A description that never had a descriptor (the executable of a process) may hold no locks either.
    for (EpollFile* epoll : watchers_) epoll->forget(*this);
}

Result<size_t> OpenFile::read(const UserBuffer&) { return err(Errno::Einval); }
Result<size_t> OpenFile::write(const UserBuffer&) { return err(Errno::Einval); }
Result<size_t> OpenFile::read_at(u64, const UserBuffer&) { return err(Errno::Espipe); }
Result<size_t> OpenFile::write_at(u64, const UserBuffer&) { return err(Errno::Espipe); }
Result<u64> OpenFile::seek(i64, int) {
    // Descriptors that are no file have no position, but take any.
    const RefPtr<Inode> file = inode();
    if (file && file.get() == anonymous_inode().get() && as_pid_fd() == nullptr) return u64{0};
    return err(Errno::Espipe);
}
Result<u64> OpenFile::ioctl(u64, u64) { return err(Errno::Enotty); }
Result<void> OpenFile::read_directory(DirectorySink&) { return err(Errno::Enotdir); }

Result<Attributes> OpenFile::attributes() {
    RefPtr<Inode> file = inode();
    if (!file) return err(Errno::Ebadf);
    return file->attributes();
}

RefPtr<SharedMemory> OpenFile::shared_memory() { return nullptr; }

RefPtr<Inode> OpenFile::inode() {
    if (!dentry) return nullptr;
    return RefPtr<Inode>(dentry->inode());
}

void OpenFile::set_status_flags(u32 changeable) {
    constexpr u32 kChangeable = kOpenAppend | kOpenNonBlock | kOpenDirect | kOpenNoAtime;
    flags_ = (flags_ & ~kChangeable) | (changeable & kChangeable);
}

void OpenFile::set_async(bool on, int fd) {
    if (!signals_readiness()) return;
    flags_ = on ? flags_ | kOpenAsync : flags_ & ~kOpenAsync;
    async_ = on ? std::make_unique<AsyncSignal>(*this, fd) : nullptr;
}

bool OpenFile::can_be_waited_for() {
    const RefPtr<Inode> file = inode();
    return !file || (!file->is_regular() && !file->is_directory());
}

void OpenFile::descriptor_removed() {
    if (--descriptors_ != 0) return;
    Ref<OpenFile> keep(*this);
    for (EpollFile* epoll : std::exchange(watchers_, {})) epoll->forget(*this);
    async_ = nullptr;
    drop_lease(*this);
    forget_directory_notice(*this);
    if (RefPtr<Inode> file = inode(); file && file->has_locks()) file->locks().release_owner(this);
    if (dentry && !is_path()) notify(*dentry, writable() ? kNotifyCloseWrite : kNotifyCloseNoWrite);
    closed();
}

void OpenFile::watched_by(EpollFile& epoll) {
    if (std::ranges::find(watchers_, &epoll) == watchers_.end()) watchers_.push_back(&epoll);
}

void OpenFile::unwatched_by(EpollFile& epoll) { std::erase(watchers_, &epoll); }

}  // namespace occlum::kernel
