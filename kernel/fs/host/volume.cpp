#include "kernel/fs/host/volume.h"

namespace occlum::kernel {

Result<Ref<Inode>> open_volume(Ref<HostTree>) { return err(Errno::Enodev); }

}  // namespace occlum::kernel
