// The operations on the file tree: paths in, Linux's checks and errors, inode operations and dentries kept in
// step. One function a system call family.
#pragma once

#include "kernel/fs/open_file.h"
#include "kernel/fs/path_walk.h"

namespace occlum::kernel {

struct OpenRequest {
    u32 flags = 0;  ///< O_*
    u32 mode = 0;   ///< of a new file, the umask already taken off
    u32 resolve = 0;
};
/// open(2).
Result<Ref<OpenFile>> open_at(const WalkContext& context, std::string_view path, const OpenRequest& request);
/// Opens what a dentry names: permissions are checked, nothing is created.
Result<Ref<OpenFile>> open_dentry(Dentry& dentry, const Credentials& who, u32 flags);

/// mknod(2), `mode` with the type.
Result<void> make_node(const WalkContext& context, std::string_view path, u32 mode, u64 device);
Result<void> make_directory(const WalkContext& context, std::string_view path, u32 mode);
Result<void> make_symlink(const WalkContext& context, std::string_view path, std::string_view target);
Result<void> make_link(Dentry& target, const WalkContext& context, std::string_view path);
/// For bind(2) of UNIX sockets and the like: a new node's dentry.
Result<Ref<Dentry>> create_at(const WalkContext& context, std::string_view path, u32 mode, u64 device);
Result<void> remove_file(const WalkContext& context, std::string_view path);
Result<void> remove_directory(const WalkContext& context, std::string_view path);
Result<void> rename_path(const WalkContext& from, std::string_view old_path, const WalkContext& to,
                         std::string_view new_path, u32 flags);

}  // namespace occlum::kernel
