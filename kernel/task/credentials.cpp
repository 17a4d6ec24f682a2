#include "kernel/task/credentials.h"

namespace occlum::kernel {

Credentials Credentials::of_user(u32 uid, u32 gid) {
    Credentials who;
    who.uid = who.euid = who.suid = who.fsuid = uid;
    who.gid = who.egid = who.sgid = who.fsgid = gid;
    who.groups = {gid};
    if (uid != 0) who.permitted = who.effective = Capabilities();
    return who;
}

void Credentials::adjust_to_users(const Credentials& old) {
    if (secure_bits & kNoSetUidFixup) return;
    const bool was_root = old.uid == 0 || old.euid == 0 || old.suid == 0;
    const bool is_root = uid == 0 || euid == 0 || suid == 0;
    if (was_root && !is_root) {
        if (!(secure_bits & kKeepCapabilities)) permitted = effective = Capabilities();
        ambient = Capabilities();
    }
    if (old.euid == 0 && euid != 0) effective = Capabilities();
    if (old.euid != 0 && euid == 0) effective = permitted;
}

void Credentials::adjust_to_file_system_user(u32 old_fsuid) {
    if (secure_bits & kNoSetUidFixup) return;
    if (old_fsuid == 0 && fsuid != 0) effective = effective & ~kFileCapabilities;
    if (old_fsuid != 0 && fsuid == 0) effective = effective | (permitted & kFileCapabilities);
}

void Credentials::adjust_to_exec() {
    const bool set_id = uid != euid || gid != egid;
    if (set_id) ambient = Capabilities();
    permitted = effective = ambient;
    if (!(secure_bits & kNoRoot)) {
        if (uid == 0 || euid == 0) permitted = permitted | inheritable | bounding;
        if (euid == 0) effective = permitted;
    }
    secure_bits &= ~u32{kKeepCapabilities};
}

}  // namespace occlum::kernel
