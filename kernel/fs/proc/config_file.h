// /proc/config.gz.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

Result<std::string> configuration_file(const ProcSubject& subject);

}  // namespace occlum::kernel
