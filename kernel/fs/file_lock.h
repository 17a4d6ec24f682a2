// Advisory locks of one inode: flock(2), and the byte ranges of fcntl(2), owned by a process's descriptor
// table (POSIX) or by an open file description (OFD).
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "base/result.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

/// Identity of a lock's owner: an FdTable or an OpenFile, by address; never dereferenced.
using LockOwner = const void*;

struct LockRange {
    u64 first = 0;
    u64 last = ~u64{0};  ///< inclusive; ~0: to the end, however the file grows
    bool overlaps(const LockRange& other) const { return first <= other.last && other.first <= last; }
};

enum class LockKind : u8 { Unlock, Shared, Exclusive };

struct RecordLock {
    LockOwner owner = nullptr;
    i32 process = 0;  ///< l_pid: -1 for OFD locks
    LockKind kind = LockKind::Unlock;
    LockRange range;
};

class FileLocks {
public:
    /// flock(2): one lock an open file. EWOULDBLOCK (EAGAIN) when `wait` is false, ERESTARTSYS.
    Result<void> flock(LockOwner owner, LockKind kind, bool wait);
    /// fcntl(F_SETLK…). EAGAIN, EDEADLK, ENOLCK, ERESTARTSYS.
    Result<void> set(const RecordLock& lock, bool wait);
    /// fcntl(F_GETLK): the first lock in the way.
    std::optional<RecordLock> conflicting(const RecordLock& lock) const;
    void release_owner(LockOwner owner);

private:
    bool flock_conflicts(LockOwner owner, LockKind kind) const;
    void apply(const RecordLock& lock);

    struct WholeLock {
        LockOwner owner;
        LockKind kind;
    };
    std::vector<WholeLock> whole_;
    std::vector<RecordLock> records_;
    WaitQueue changed_;
};

}  // namespace occlum::kernel
