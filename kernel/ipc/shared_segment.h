// System V shared memory (shmop(2)). A segment is shared memory that has a number; it is attached as often as
// the memory is mapped.
#pragma once

#include "kernel/fs/open_file.h"
#include "kernel/ipc/sysv.h"
#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {

class SharedSegment final : public IpcObject {
public:
    SharedSegment(i32 its_key, u32 flags, const Credentials& creator, u64 its_size, u32 pid)
        : IpcObject(its_key, flags, creator), size(its_size), creator_pid(pid) {
        memory->is_segment = true;
    }

    const u64 size;
    const u32 creator_pid;
    u32 last_pid = 0;
    u64 attached_s = 0, detached_s = 0, changed_s = 0;
    Ref<SharedMemory> memory = SharedMemory::anonymous();
    u64 attachments() const { return memory->ref_count() - 1; }
    /// What mmap takes. `flags`: O_RDONLY or O_RDWR.
    Ref<OpenFile> open(u32 flags);
};

IpcTable<SharedSegment>& shared_segments();
/// Those that were removed and are not attached any more.
void drop_unused_segments();

}  // namespace occlum::kernel
