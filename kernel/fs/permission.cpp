#include "kernel/fs/permission.h"

namespace occlum::kernel {

Result<void> check_access(const Attributes& file, const Credentials& who, u32 wanted) {
    u32 granted;
    if (file.uid == who.fsuid)
        granted = file.mode >> 6;
    else if (who.in_group(file.gid))
        granted = file.mode >> 3;
    else
        granted = file.mode;
    if ((wanted & ~granted & 7) == 0) return {};
    const bool directory = (file.mode & kTypeMask) == kTypeDirectory;
    // All but executing what nobody may execute.
    if (who.has(Capability::DacOverride) &&
        (directory || (wanted & kMayExecute) == 0 || (file.mode & 0111) != 0))
        return {};
    if (who.has(Capability::DacReadSearch)) {
        if (directory && (wanted & kMayWrite) == 0) return {};
        if ((wanted & (kMayWrite | kMayExecute)) == 0) return {};
    }
    return err(Errno::Eacces);
}

Result<void> check_access(Inode& inode, const Credentials& who, u32 wanted) {
    if ((wanted & kMayWrite) != 0 && (inode.is_directory() || inode.is_regular() || inode.is_link()) &&
        inode.file_system().read_only)
        return err(Errno::Erofs);
    return check_access(TRY(inode.attributes()), who, wanted);
}

Result<void> check_owner(const Attributes& file, const Credentials& who) {
    if (file.uid == who.fsuid || who.has(Capability::FileOwner)) return {};
    return err(Errno::Eperm);
}

Result<void> check_removal(Inode& directory, Inode& victim, const Credentials& who) {
    Attributes holder = TRY(directory.attributes());
    TRY(check_access(holder, who, kMayWrite | kMayExecute));
    if ((holder.mode & kModeSticky) == 0 || who.has(Capability::FileOwner) || holder.uid == who.fsuid)
        return {};
    if (TRY(victim.attributes()).uid == who.fsuid) return {};
    return err(Errno::Eperm);
}

}  // namespace occlum::kernel
