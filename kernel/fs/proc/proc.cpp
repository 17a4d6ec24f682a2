#include "kernel/fs/proc/proc.h"

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/open_file.h"

namespace occlum::kernel {

Result<Ref<Inode>> make_proc_root() {
    auto fs = make_ref<TreeFileSystem>("proc", u64{0x9fa0}, u64{1} << 20, nullptr, false);
    return TreeFileSystem::make_root(fs, 0555, Credentials{});
}

}  // namespace occlum::kernel
