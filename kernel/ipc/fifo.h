// Opening FIFOs (fifo(7)).
#pragma once

#include "kernel/ipc/pipe.h"

namespace occlum::kernel {

/// Opens an end of `pipe`. Waits for the other side as fifo(7) says. ENXIO, ERESTARTSYS.
Result<Ref<OpenFile>> open_fifo(Pipe& pipe, u32 flags);

}  // namespace occlum::kernel
