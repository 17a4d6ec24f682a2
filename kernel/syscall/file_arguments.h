// Decoding of what the file calls have in common: descriptors, paths, directories to start at, buffers.
#pragma once

#include "kernel/fs/tree.h"
#include "kernel/syscall/handlers.h"
#include "kernel/task/process.h"

namespace occlum::kernel {

Result<Ref<OpenFile>> file_argument(u64 descriptor);
/// EBADF unless open for it.
Result<Ref<OpenFile>> readable_file(u64 descriptor);
Result<Ref<OpenFile>> writable_file(u64 descriptor);

Result<std::string> path_argument(u64 address);

/// A path and where it starts.
struct PathAt {
    std::string path;
    WalkContext context;
};
Result<PathAt> path_at(u64 directory, u64 path);
inline Result<PathAt> path_at_cwd(u64 path) { return path_at(static_cast<u64>(i64{kAtCwd}), path); }

/// What the *at calls with AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW mean. `flags`: AT_*.
Result<Ref<Dentry>> dentry_at(u64 directory, u64 path, u32 flags);
/// The same for calls that follow links (or not) and have no flags.
Result<Ref<Dentry>> dentry_at_cwd(u64 path, bool follow);

/// Cut at the most that one transfer moves. EFAULT: negative as a ssize_t.
Result<UserBuffer> buffer_argument(u64 address, u64 size);

/// Of a structure that may be longer than known: what it has more must say nothing (E2BIG).
Result<void> check_zero_tail(u64 address, u64 known, u64 size);

u32 masked_mode(u64 mode);  ///< without the bits of the umask

}  // namespace occlum::kernel
