#include "kernel/ipc/sysv.h"

namespace occlum::kernel {

Result<void> IpcObject::check_access(const Credentials& who, u32 wanted) const {
    if (who.is_superuser()) return {};
    u32 granted = mode;
    if (who.euid == uid || who.euid == creator_uid)
        granted >>= 6;
    else if (who.egid == gid || who.egid == creator_gid || who.in_group(gid) || who.in_group(creator_gid))
        granted >>= 3;
    if ((wanted & ~granted & 7) != 0) return err(Errno::Eacces);
    return {};
}

Result<void> IpcObject::check_owner(const Credentials& who) const {
    if (who.is_superuser() || who.euid == uid || who.euid == creator_uid) return {};
    return err(Errno::Eperm);
}

IpcPermissionRecord IpcObject::record() const {
    return {.key = key,
            .uid = uid,
            .gid = gid,
            .creator_uid = creator_uid,
            .creator_gid = creator_gid,
            .mode = mode,
            .sequence = 0,
            .padding = 0,
            .padding2 = 0,
            .unused = {}};
}

void IpcObject::set(const IpcPermissionRecord& wanted) {
    uid = wanted.uid;
    gid = wanted.gid;
    mode = (mode & ~u32{0777}) | (wanted.mode & 0777);
}

}  // namespace occlum::kernel
