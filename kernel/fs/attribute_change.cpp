#include "kernel/fs/attribute_change.h"

#include "kernel/fs/inotify.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/time.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {
namespace {

Result<void> check_writable(Inode& inode) {
    if (inode.file_system().read_only) return err(Errno::Erofs);
    return {};
}

}  // namespace

Result<void> change_mode(Inode& inode, const Credentials& who, u32 mode) {
    TRY(check_writable(inode));
    if (inode.is_link()) return err(Errno::Eopnotsupp);
    Attributes now = TRY(inode.attributes());
    TRY(check_owner(now, who));
    if (!who.has(Capability::FileSetId) && !who.in_group(now.gid)) mode &= ~kModeSetGid;
    constexpr u32 kExecute = 0111;
    if ((inode.seals & kSealExec) != 0 && ((mode ^ now.mode) & kExecute) != 0) return err(Errno::Eperm);
    return inode.change({.mode = mode & kModeMask});
}

Result<void> change_owner(Inode& inode, const Credentials& who, u32 uid, u32 gid) {
    constexpr u32 kLeave = ~u32{0};
    TRY(check_writable(inode));
    Attributes now = TRY(inode.attributes());
    bool new_uid = uid != kLeave, new_gid = gid != kLeave;
    if (!who.has(Capability::Chown)) {
        bool owner = now.uid == who.fsuid;
        if (new_uid && (!owner || uid != now.uid)) return err(Errno::Eperm);
        if (new_gid && (!owner || (gid != now.gid && !who.in_group(gid)))) return err(Errno::Eperm);
    }
    AttributeChange change;
    if (new_uid) change.uid = uid;
    if (new_gid) change.gid = gid;
    // A changed owner does not inherit what the old one's set-id bits promised.
    if (!inode.is_directory() && (now.mode & (kModeSetUid | kModeSetGid)) != 0) {
        u32 cleared = kModeSetUid | ((now.mode & 010) != 0 ? kModeSetGid : 0);
        change.mode = now.mode & kModeMask & ~cleared;
    }
    return inode.change(change);
}

Result<void> change_times(Inode& inode, const Credentials& who, const TimeChange& accessed,
                          const TimeChange& modified) {
    using Kind = TimeChange::Kind;
    if (accessed.kind == Kind::Omit && modified.kind == Kind::Omit) return {};
    TRY(check_writable(inode));
    Attributes attributes = TRY(inode.attributes());
    bool both_now = accessed.kind == Kind::Now && modified.kind == Kind::Now;
    if (!check_owner(attributes, who)) {
        if (!both_now) return err(Errno::Eperm);
        TRY(check_access(attributes, who, kMayWrite));
    }
    TimeSpec now = file_time_now();
    AttributeChange change{.touched = both_now};
    if (accessed.kind != Kind::Omit) change.accessed = accessed.kind == Kind::Now ? now : accessed.time;
    if (modified.kind != Kind::Omit) change.modified = modified.kind == Kind::Now ? now : modified.time;
    return inode.change(change);
}

Result<void> truncate_path(Inode& inode, const Credentials& who, u64 size) {
    if (inode.is_directory()) return err(Errno::Eisdir);
    if (!inode.is_regular()) return err(Errno::Einval);
    TRY(check_access(inode, who, kMayWrite));
    return resize(inode, who, size);
}

Result<void> resize(Inode& inode, const Credentials& who, u64 size) {
    if (!who.has(Capability::FileSetId)) inode.drop_set_id();
    const OwnTurn turn(inode.contents_turn());
    inode.foresee_resize(size);
    withdraw_shared_file(inode, size, kMaxFileSize);
    return inode.change({.size = size});
}

Result<void> allocate(Inode& inode, const Credentials& who, u32 mode, u64 offset, u64 length) {
    constexpr u32 kCollapse = 8, kInsert = 32;
    const bool moves = (mode & (kCollapse | kInsert)) != 0;
    if (!who.has(Capability::FileSetId)) inode.drop_set_id();
    const OwnTurn turn(inode.contents_turn());
    inode.foresee_write(offset, length);
    withdraw_shared_file(inode, offset, moves ? kMaxFileSize : length);
    return inode.allocate(mode, offset, length);
}

}  // namespace occlum::kernel
