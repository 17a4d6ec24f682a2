// mount(2), umount2(2), pivot_root(2).
#include <bit>

#include "kernel/fs/file_handles.h"
#include "kernel/fs/mounts.h"
#include "kernel/syscall/mount_arguments.h"

namespace occlum::kernel {
namespace {

// MS_* that ask for something else than a new mount.
constexpr u32 kRemount = 32, kBind = 4096, kMove = 8192, kRecursive = 16384;
constexpr u32 kUnbindable = 1 << 17, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;
constexpr u32 kPropagation = kUnbindable | kPrivate | kSlave | kShared;
constexpr u32 kStrictAtime = 1 << 24;
constexpr u32 kMagic = 0xC0ED'0000, kMagicMask = 0xffff'0000;

// umount2(2)'s.
constexpr u32 kForce = 1, kDetach = 2, kExpire = 4, kNoFollow = 8;

u32 flags_of_mount(u32 flags) {
    u32 kept = flags & kMountKept & ~kMountAtimeMask;
    if ((flags & kMountNoAtime) != 0) return kept | kMountNoAtime;
    return (flags & kStrictAtime) != 0 ? kept : kept | kMountRelatime;
}

Result<void> remount(Dentry& root, u32 flags, std::string_view options) {
    TRY(require_mount_root(root));
    u32 wanted = flags_of_mount(flags);
    constexpr u32 kAboutAtime = kMountNoAtime | kMountNoDirAtime | kMountRelatime | kStrictAtime;
    if ((flags & kAboutAtime) == 0)  // unchanged when nothing is said
        wanted = (wanted & ~kMountAtimeMask) | (root.mount->flags & (kMountAtimeMask | kMountNoDirAtime));
    if ((flags & kBind) == 0) TRY(change_options(root, options));
    return change_mount_flags(root, wanted);
}

Propagation propagation_of(u32 kind) {
    switch (kind) {
        case kShared:
            return Propagation::Shared;
        case kSlave:
            return Propagation::Slave;
        case kUnbindable:
            return Propagation::Unbindable;
        default:
            return Propagation::Private;
    }
}

Result<void> change_propagation(Dentry& root, u32 flags) {
    const u32 kind = flags & kPropagation;
    if (!std::has_single_bit(kind) || (flags & ~(kPropagation | kRecursive | 0x8000)) != 0)
        return err(Errno::Einval);
    TRY(require_mount_root(root));
    const Propagation wanted = propagation_of(kind);
    set_propagation(*root.mount, wanted);
    if ((flags & kRecursive) == 0) return {};
    for (const Ref<Dentry>& below : mounts_in(root)) set_propagation(*below->mount, wanted);
    return {};
}

Result<Ref<Dentry>> source_argument(u64 source) {
    if (source == 0) return err(Errno::Einval);
    return dentry_at_cwd(source, true);
}

Result<void> bind(Dentry& point, u64 source, u32 flags) {
    Ref<Dentry> from = TRY(source_argument(source));
    Ref<Dentry> copy = TRY(copy_mount(*from, (flags & kRecursive) != 0 ? Depth::Recursive : Depth::One));
    const Result<void> attached = attach_mount(point, copy);
    if (!attached) detach_tree(*copy);
    return attached;
}

// The data of mount(2) is a page at most, and whatever follows it may be unmapped.
Result<std::string> options_argument(u64 address) {
    if (address == 0) return std::string();
    return copy_in_string({address}, kPageSize - 1);
}

Result<void> mount_new(Dentry& point, const SyscallArgs& args, u32 flags, std::string_view options) {
    if (args[2] == 0) return err(Errno::Einval);
    const std::string type = TRY(copy_in_string({args[2]}, kPageSize - 1));
    const std::string source = args[0] == 0 ? "none" : TRY(copy_in_string({args[0]}, kPathLimit - 1));
    Ref<Dentry> root = TRY(make_file_system(type, source, flags_of_mount(flags), options));
    return attach_mount(point, root);
}

}  // namespace

Result<u64> sys_mount(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    if ((flags & kMagicMask) == kMagic) flags &= ~kMagicMask;
    if (args[2] != 0) TRY(copy_in_string({args[2]}, kPageSize - 1));
    const std::string options = TRY(options_argument(args[4]));
    Ref<Dentry> point = TRY(dentry_at_cwd(args[1], true));
    TRY(require_mounting());
    if ((flags & kRemount) != 0) {
        TRY(remount(*point, flags, options));
    } else if ((flags & kBind) != 0) {
        TRY(bind(*point, args[0], flags));
    } else if ((flags & kPropagation) != 0) {
        TRY(change_propagation(*point, flags));
    } else if ((flags & kMove) != 0) {
        Ref<Dentry> moved = TRY(source_argument(args[0]));
        TRY(move_mount_to(*point, *moved));
    } else {
        TRY(mount_new(*point, args, flags, options));
    }
    return u64{0};
}

Result<u64> sys_umount2(const SyscallArgs& args) {
    const u32 flags = as_u32(args[1]);
    if ((flags & ~(kForce | kDetach | kExpire | kNoFollow)) != 0) return err(Errno::Einval);
    const Ref<Dentry> root = TRY(dentry_at_cwd(args[0], (flags & kNoFollow) == 0));
    TRY(require_mount_root(*root));
    TRY(require_mounting());
    if ((flags & kExpire) != 0 && (flags & (kForce | kDetach)) != 0) return err(Errno::Einval);
    // The root stays; Linux would make it read-only at the shutdown of a machine.
    if (root.get() == current_view().root.get() && (flags & kDetach) == 0) return err(Errno::Ebusy);
    if (!root->covered) return err(Errno::Einval);
    forget_handles(*root);
    if ((flags & kExpire) != 0) {
        const u32 due = std::exchange(root->mount->expires_at, root->mount->visits + 1);
        constexpr u32 kHolders = 3;  // its mount point, the list, here
        if (root->mounted || root->is_tree_in_use(kHolders)) return err(Errno::Ebusy);
        if (root->mount->visits != due) return err(Errno::Eagain);
    }
    if ((flags & kDetach) != 0)
        detach_tree(*root);
    else
        TRY(detach_mount(*root));
    return u64{0};
}

Result<u64> sys_pivot_root(const SyscallArgs& args) {
    TRY(require_mounting());
    const Ref<Dentry> fresh = TRY(dentry_at_cwd(args[0], true));
    const Ref<Dentry> put_old = TRY(dentry_at_cwd(args[1], true));
    const Ref<Dentry> current = current_view().root;
    TRY(pivot_root(*current, *fresh, *put_old));
    return u64{0};
}

}  // namespace occlum::kernel
