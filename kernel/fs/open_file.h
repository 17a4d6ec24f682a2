// Open file descriptions (open(2)): what descriptors refer to. Pipes, terminals, directories, regular files
// are subclasses.
#pragma once

#include "base/ref.h"
#include "base/result.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/file_use.h"
#include "kernel/fs/signal_owner.h"
#include "kernel/mm/user_memory.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

/// Collects the queues that poll(2) must wait on; null when the caller will not wait.
class PollTable {
public:
    virtual ~PollTable() = default;
    virtual void wait_on(WaitQueue& queue) = 0;
};

class AsyncSignal;
class ContextFile;
class EpollFile;
class Inotify;
class PidFd;
class Pipe;
class PosixQueueFile;
class SharedMemory;
class SignalFd;
class Socket;
class TimerFd;

class OpenFile : public RefCounted {
public:
    explicit OpenFile(u32 flags);
    ~OpenFile() override;

    /// At the file position, which advances. Fewer bytes than asked for are possible. The caller has checked
    /// readable() and writable().
    virtual Result<size_t> read(const UserBuffer& to);
    virtual Result<size_t> write(const UserBuffer& from);
    /// At `offset`; ESPIPE when not seekable.
    virtual Result<size_t> read_at(u64 offset, const UserBuffer& to);
    virtual Result<size_t> write_at(u64 offset, const UserBuffer& from);
    virtual Result<u64> seek(i64 offset, int whence);  ///< lseek(2)
    virtual Result<u64> ioctl(u64 request, u64 argument);
    virtual Result<void> read_directory(DirectorySink& sink);  ///< from the position
    /// Events (POLL* bits) that hold now, registering for later ones.
    virtual u32 poll(PollTable* table) = 0;
    /// Whether whoever changes what poll() says wakes the queues that it names. Else it must be asked.
    virtual bool readiness_is_told() const { return true; }
    /// Whether waiting for it has a sense: it is not always ready. For epoll(7).
    virtual bool can_be_waited_for();
    /// Whether it can tell of input and output by a signal (O_ASYNC).
    virtual bool signals_readiness() const { return false; }
    virtual Result<void> sync() { return {}; }
    virtual Result<Attributes> attributes();  ///< of inode()
    virtual RefPtr<Inode> inode();            ///< of the dentry
    /// What mmap(2) maps; null: ENODEV.
    virtual RefPtr<Inode> mappable() { return nullptr; }
    /// Called when the last descriptor goes away (not the last reference).
    virtual void closed() {}
    virtual ContextFile* as_mount_context() { return nullptr; }
    virtual EpollFile* as_epoll() { return nullptr; }
    virtual PidFd* as_pid_fd() { return nullptr; }
    virtual Pipe* as_pipe() { return nullptr; }
    virtual Socket* as_socket() { return nullptr; }
    virtual SignalFd* as_signal_fd() { return nullptr; }
    virtual TimerFd* as_timer_fd() { return nullptr; }
    virtual Inotify* as_inotify() { return nullptr; }
    virtual PosixQueueFile* as_posix_queue() { return nullptr; }
    /// What mmap(2) maps shared, when it is no file's contents: a System V segment.
    virtual RefPtr<SharedMemory> shared_memory();
    SignalOwner owner;
    virtual u64 position() const { return 0; }
    /// Extra lines of /proc/<pid>/fdinfo.
    virtual std::string status_lines() const { return {}; }

    u32 flags() const { return flags_; }
    void set_status_flags(u32 changeable);  ///< fcntl(F_SETFL), but O_ASYNC
    void set_async(bool on, int fd);        ///< O_ASYNC, if signals_readiness(); `fd` is what signals name
    bool non_blocking() const { return (flags_ & kOpenNonBlock) != 0; }
    bool readable() const { return !is_path() && (flags_ & kOpenAccessMask) != kOpenWriteOnly; }
    bool writable() const { return !is_path() && (flags_ & kOpenAccessMask) != kOpenReadOnly; }
    bool is_path() const { return (flags_ & kOpenPath) != 0; }
    RefPtr<Dentry> dentry;  ///< the path it was opened by, for /proc and *at calls
    FileUse use;            ///< of a regular file

    /// Descriptors (and messages in flight) that refer to this description.
    void descriptor_added() { ++descriptors_; }
    void descriptor_removed();
    /// Epoll instances that watch it; they forget it when the last descriptor goes.
    void watched_by(EpollFile& epoll);
    void unwatched_by(EpollFile& epoll);
    const std::vector<EpollFile*>& epolls() const { return watchers_; }

private:
    u32 flags_;
    u32 descriptors_ = 0;
    std::vector<EpollFile*> watchers_;
    std::unique_ptr<AsyncSignal> async_;
};

}  // namespace occlum::kernel
