// Calls of the host that may take long, without the kernel lock. Others change anything meanwhile, so whoever
// leaves the lock holds on to nothing but references of its own.
#pragma once

namespace occlum::kernel {

class LockLeft {
public:
    LockLeft();
    ~LockLeft();
    LockLeft(const LockLeft&) = delete;
    LockLeft& operator=(const LockLeft&) = delete;
};

/// For code in between that cannot know its callers: these say that the lock may be left further down.
class LongCalls {
public:
    LongCalls();
    ~LongCalls();
    LongCalls(const LongCalls&) = delete;
    LongCalls& operator=(const LongCalls&) = delete;
    /// Whether this vCPU is within one.
    static bool allowed();
};

}  // namespace occlum::kernel
