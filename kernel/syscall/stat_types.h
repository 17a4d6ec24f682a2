// struct stat, statx, statfs, dirent as system calls pass them.
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

struct LinuxStat {
    u64 device, inode, links;
    u32 mode, uid, gid, padding;
    u64 rdev, size, block_size, blocks;
    i64 accessed_s;
    u64 accessed_ns;
    i64 modified_s;
    u64 modified_ns;
    i64 changed_s;
    u64 changed_ns;
    std::array<u64, 3> unused;
};
static_assert(sizeof(LinuxStat) == 144);

struct StatxTime {
    i64 seconds;
    u32 nanoseconds;
    u32 reserved;
};
struct LinuxStatx {
    u32 mask, block_size;
    u64 attributes;
    u32 links, uid, gid;
    u16 mode, padding;
    u64 inode, size, blocks, attributes_mask;
    StatxTime accessed, born, changed, modified;
    u32 rdev_major, rdev_minor, device_major, device_minor;
    u64 mount;
    std::array<u64, 13> spare;
};
static_assert(sizeof(LinuxStatx) == 256);

struct LinuxStatfs {
    u64 type, block_size, blocks, free_blocks, available_blocks, files, free_files, id, name_length,
        fragment_size, flags;
    std::array<u64, 4> spare;
};
static_assert(sizeof(LinuxStatfs) == 120);

LinuxStat to_stat(const Attributes& file);
/// `dentry`: the name that it was reached by.
LinuxStatx to_statx(const Attributes& file, Dentry& dentry);
/// `mount_flags`: of the mount that it was reached by.
LinuxStatfs to_statfs(const FileSystemInfo& info, u32 mount_flags);

}  // namespace occlum::kernel
