// Texts about what processes share.
#pragma once

#include "kernel/fs/proc/proc_inode.h"

namespace occlum::kernel {

Result<std::string> sysv_segments(const ProcSubject& subject);
Result<std::string> sysv_semaphores(const ProcSubject& subject);
Result<std::string> sysv_queues(const ProcSubject& subject);
Ref<Inode> sysv_directory(const ProcSubject& subject);
Ref<Inode> net_status_directory(const ProcSubject& subject);

}  // namespace occlum::kernel
