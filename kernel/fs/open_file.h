// Open file descriptions (open(2)): what descriptors refer to. Pipes, terminals, directories, regular files
// are subclasses.
#pragma once

#include "base/ref.h"
#include "base/result.h"
#include "kernel/fs/dentry.h"
#include "kernel/mm/user_memory.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

/// Collects the queues that poll(2) must wait on; null when the caller will not wait.
class PollTable {
public:
    virtual ~PollTable() = default;
    virtual void wait_on(WaitQueue& queue) = 0;
};

class OpenFile : public RefCounted {
public:
    explicit OpenFile(u32 flags) : flags_(flags) {}

    /// At the file position, which advances. Fewer bytes than asked for are possible. EBADF when not open for
    /// it.
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
    virtual Result<void> sync() { return {}; }
    virtual Result<Attributes> attributes() = 0;
    virtual RefPtr<Inode> inode() { return nullptr; }
    /// What mmap(2) maps; null: ENODEV.
    virtual RefPtr<Inode> mappable() { return nullptr; }
    /// Called when the last descriptor goes away (not the last reference).
    virtual void closed() {}

    u32 flags() const { return flags_; }
    void set_status_flags(u32 changeable);  ///< fcntl(F_SETFL)
    bool non_blocking() const;
    RefPtr<Dentry> dentry;  ///< the path it was opened by, for /proc and *at calls

private:
    u32 flags_;
};

}  // namespace occlum::kernel
