#include "kernel/ipc/fifo.h"

namespace occlum::kernel {

Result<Ref<OpenFile>> open_fifo(Pipe& pipe, u32 flags) {
    bool non_blocking = (flags & kOpenNonBlock) != 0;
    u32 access = flags & kOpenAccessMask;
    if (access == kOpenWriteOnly && non_blocking && !pipe.has_reader()) return err(Errno::Enxio);
    Ref<OpenFile> end = make_ref<PipeEnd>(flags, Ref<Pipe>(pipe), nullptr);
    if (access == kOpenReadOnly && !non_blocking && !pipe.has_writer()) TRY(pipe.wait_for_writer());
    if (access == kOpenWriteOnly && !pipe.has_reader()) TRY(pipe.wait_for_reader());
    return end;
}

}  // namespace occlum::kernel
