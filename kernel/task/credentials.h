// Who a process is (credentials(7)).
#pragma once

#include <vector>

#include "base/types.h"

namespace occlum::kernel {

struct Credentials {
    u32 uid = 0, euid = 0, suid = 0, fsuid = 0;
    u32 gid = 0, egid = 0, sgid = 0, fsgid = 0;
    std::vector<u32> groups;

    bool is_superuser() const { return euid == 0; }
    bool in_group(u32 group) const {
        for (u32 g : groups)
            if (g == group) return true;
        return group == fsgid;
    }
};

}  // namespace occlum::kernel
