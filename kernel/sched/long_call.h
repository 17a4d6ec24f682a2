// Calls of the host that may take long, without the kernel lock. Others change anything meanwhile, so whoever
// leaves the lock holds on to nothing but references of its own.
#pragma once

#include "kernel/sched/kernel_lock.h"

namespace occlum::kernel {

/// What waits for this vCPU becomes the others' for as long as it is away.
void prepare_to_be_away();

/// The result of `call`, which is made without the lock.
template <typename Call>
auto without_lock(Call call) OCCLUM_REQUIRES(kernel_lock) {
    prepare_to_be_away();
    kernel_lock.release();
    auto result = call();
    kernel_lock.acquire();
    return result;
}

/// Whether somebody runs here who could leave the lock: a task, once the LibOS has started.
bool may_leave_lock();

/// For code in between that cannot know its callers: these say that the lock may be left further down.
class LongCalls {
public:
    LongCalls();
    ~LongCalls();
    LongCalls(const LongCalls&) = delete;
    LongCalls& operator=(const LongCalls&) = delete;
    /// Whether the running task is within one.
    static bool allowed();
};

/// For code in between that holds on to more than references: what is further down keeps the lock.
class NoLongCalls {
public:
    NoLongCalls();
    ~NoLongCalls();
    NoLongCalls(const NoLongCalls&) = delete;
    NoLongCalls& operator=(const NoLongCalls&) = delete;

private:
    u32 before_;
};

}  // namespace occlum::kernel
