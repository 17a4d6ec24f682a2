// chmod, chown, utimensat, truncate, fallocate: who may, and what else changes with it.
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

Result<void> change_mode(Inode& inode, const Credentials& who, u32 mode);
/// ~0: leave as it is.
Result<void> change_owner(Inode& inode, const Credentials& who, u32 uid, u32 gid);

/// A time of utimensat(2): to be set, to be now, or to be left.
struct TimeChange {
    enum class Kind : u8 { Set, Now, Omit } kind = Kind::Now;
    TimeSpec time;
};
Result<void> change_times(Inode& inode, const Credentials& who, const TimeChange& accessed,
                          const TimeChange& modified);
Result<void> truncate_path(Inode& inode, const Credentials& who, u64 size);
/// Shared mappings of a regular file follow what these do.
Result<void> resize(Inode& inode, const Credentials& who, u64 size);
Result<void> allocate(Inode& inode, const Credentials& who, u32 mode, u64 offset, u64 length);

}  // namespace occlum::kernel
