#include "kernel/fs/host/retired_handles.h"

#include "enclave/host.h"
#include "kernel/sched/errands.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

void retire_handle(u64 handle) {
    // Before the first task runs nobody comes by.
    if (!may_leave_lock()) return enclave::file_close(handle);
    leave_errand([handle] {
        kernel_lock.assert_held();
        (void)without_lock([handle] {
            enclave::file_close(handle);
            return true;
        });
    });
}

}  // namespace occlum::kernel
