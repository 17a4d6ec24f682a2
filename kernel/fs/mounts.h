// What is mounted where, and the operations of mount(2). There is one name space, and no propagation.
//
//   mount_roots() ──Ref──> root dentry of each attached mount ──Ref──> Mount (its flags, its numbers)
//   mount point <──covered── root dentry <──mounted── mount point     (kernel/fs/dentry.h)
//
// A detached mount (fsmount(2), open_tree(2)) is a root dentry that nobody has attached yet.
#pragma once

#include "kernel/fs/fs_context.h"

namespace occlum::kernel {

/// Of a mount: MS_* of mount(2).
enum MountFlag : u32 {
    kMountReadOnly = 1,
    kMountNoSuid = 2,
    kMountNoDev = 4,
    kMountNoExec = 8,
    kMountNoSymlinks = 256,
    kMountNoAtime = 1024,
    kMountNoDirAtime = 2048,
    kMountRelatime = u32{1} << 21,
    kMountAtimeMask = kMountNoAtime | kMountRelatime,
    kMountKept = kMountReadOnly | kMountNoSuid | kMountNoDev | kMountNoExec | kMountNoSymlinks |
                 kMountNoAtime | kMountNoDirAtime | kMountRelatime,
};

class Mount : public RefCounted {
public:
    Mount(std::string source, u32 flags);
    const u64 id;  ///< as in mountinfo
    std::string source;
    u32 flags;
    std::string subroot = "/";  ///< the part of the file system that it shows
    std::string options;        ///< of the file system, with a comma before each
    bool unbindable = false;
    /// Shared subtrees, as they are shown; nothing is propagated. The peer group, and the one that it is a
    /// slave of.
    u64 peers = 0, master = 0;
    u32 visits = 0;            ///< walks that entered it
    u32 expires_at = ~u32{0};  ///< umount2(MNT_EXPIRE) ends it when the next visit has this number
    /// Of a detached copy: the mounts in it, which are registered with it.
    std::vector<Ref<Dentry>> with;
};

/// Roots of all attached mounts, oldest first.
std::vector<Ref<Dentry>>& mount_roots();
/// The root of the mount that the dentry is in, or of the tree without mount.
Ref<Dentry> mount_root_of(Dentry& dentry);
/// 0 where there is no mount.
u32 mount_flags_of(Dentry& dentry);
bool is_read_only(Dentry& dentry);
/// EROFS.
Result<void> require_writable(Dentry& dentry);
/// The mount that this one is mounted in; null for the topmost and for detached ones.
RefPtr<Mount> parent_mount(Dentry& root);

Ref<Dentry> new_mount(Ref<Inode> inode, std::string source, u32 flags);
enum class Depth : u8 { One, Recursive };
/// What a bind mount of `source` attaches. EINVAL: unbindable.
Result<Ref<Dentry>> copy_mount(Dentry& source, Depth depth);

/// What MS_SHARED and its kin make of a mount.
enum class Propagation : u8 { Shared, Slave, Private, Unbindable };
void set_propagation(Mount& mount, Propagation kind);

/// ENOTDIR: a directory covers directories only, ENOENT: the point was removed.
Result<void> attach_mount(Dentry& point, Ref<Dentry> root);
/// EINVAL: not the root of a mount, or into itself. ELOOP.
Result<void> move_mount_to(Dentry& point, Dentry& root);
/// EBUSY.
Result<void> detach_mount(Dentry& root);
/// All mounts below this one, attached or not.
std::vector<Ref<Dentry>> mounts_in(Dentry& root);
/// With all that is mounted in it, busy or not.
void detach_tree(Dentry& root);
/// EBUSY: to become read-only while files in it are open for writing.
Result<void> change_mount_flags(Dentry& root, u32 flags);
/// pivot_root(2). EBUSY, EINVAL.
Result<void> pivot_root(Dentry& current, Dentry& new_root, Dentry& put_old);

}  // namespace occlum::kernel
