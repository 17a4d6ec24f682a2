// A task's view of the file tree (root, working directory, umask) and the operations on paths in it.
#pragma once

#include <span>

#include "abi/boot_config.h"
#include "kernel/fs/dentry.h"
#include "kernel/fs/image/request.h"

namespace occlum::kernel {

class OpenFile;

class FsContext : public RefCounted {
public:
    FsContext(Ref<Dentry> root, Ref<Dentry> cwd) : root(std::move(root)), cwd(std::move(cwd)) {}
    /// For fork without CLONE_FS.
    Ref<FsContext> clone() const;

    Ref<Dentry> root, cwd;
    u32 umask = 022;
};

/// Mounts root (overlay), /dev, /proc and the volumes of the boot configuration, and gives the first
/// process's context.
struct MountRequest {
    u32 host_mount;
    std::string guest_path;
    bool read_only;
    bool overlay_root;
    std::optional<abi::BootStore> store = {};  ///< a secure file system in a file there
    bool memory = false;                       ///< nothing of the host, like tmpfs
    Credentials owner = {};                    ///< of a new one's root
    std::optional<ImageRequest> image = {};    ///< lies under it
};
Result<Ref<FsContext>> mount_initial(std::span<const MountRequest> mounts, std::string_view directory);

/// Opens for execution: follows links, regular file, x permission. ENOENT, EACCES, ELOOP, ENOTDIR… `path`
/// relative to the context.
Result<Ref<OpenFile>> open_executable(FsContext& context, const Credentials& who, std::string_view path);
Result<Ref<OpenFile>> open_executable(Dentry& dentry, const Credentials& who);
Result<Ref<OpenFile>> open_path(FsContext& context, const Credentials& who, std::string_view path, u32 flags,
                                u32 mode);
/// Absolute path of a dentry below the context's root, "(unreachable)/…" when outside.
std::string path_of(const FsContext& context, Dentry& dentry);

}  // namespace occlum::kernel
