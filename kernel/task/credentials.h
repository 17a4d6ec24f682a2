// Who a task is (credentials(7), capabilities(7)).
#pragma once

#include <vector>

#include "base/ref.h"
#include "kernel/task/capability.h"

namespace occlum::kernel {

struct Credentials {
    u32 uid = 0, euid = 0, suid = 0, fsuid = 0;
    u32 gid = 0, egid = 0, sgid = 0, fsgid = 0;
    std::vector<u32> groups;

    Capabilities permitted = Capabilities::all(), effective = Capabilities::all();
    Capabilities inheritable, ambient, bounding = Capabilities::all();
    u32 secure_bits = 0;
    bool no_new_privileges = false;

    bool has(Capability which) const { return effective.has(which); }
    bool is_superuser() const { return has(Capability::Administer); }
    bool in_group(u32 group) const {
        for (u32 g : groups)
            if (g == group) return true;
        return group == fsgid;
    }

    /// A user of its own, with the capabilities that it has from the start.
    static Credentials of_user(u32 uid, u32 gid);
    /// After the user numbers have changed from those of `old`.
    void adjust_to_users(const Credentials& old);
    /// After fsuid alone has changed.
    void adjust_to_file_system_user(u32 old_fsuid);
    /// execve(2), after the set-id bits have been applied; files carry no capabilities of their own.
    void adjust_to_exec();
};

/// As tasks hold them: never changed, only replaced. New threads and processes share them with their maker.
struct SharedCredentials final : RefCounted {
    explicit SharedCredentials(Credentials who) : value(std::move(who)) {}
    const Credentials value;
};

}  // namespace occlum::kernel
