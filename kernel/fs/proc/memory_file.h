// /proc/<pid>/mem: a process's memory as a file, for debuggers.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

class ProcMemoryFile final : public ProcInode {
public:
    ProcMemoryFile(const ProcSubject& subject, u64 number)
        : ProcInode(kTypeRegular | 0600, subject, number) {}
    /// EPERM: not a process that the caller may look into.
    Result<Ref<OpenFile>> open(u32 flags) override;
};

}  // namespace occlum::kernel
