// How much memory guests may fill through a file system.
#pragma once

#include "base/result.h"
#include "enclave/page_budget.h"

namespace occlum::kernel {

class MemoryBudget {
public:
    explicit MemoryBudget(u64 limit) : limit_(limit) {}
    Result<void> charge(u64 bytes) {
        if (bytes > limit_ - used_ || !enclave::room_for_objects()) return err(Errno::Enospc);
        used_ += bytes;
        return {};
    }
    void release(u64 bytes) { used_ -= bytes; }
    u64 used() const { return used_; }
    u64 limit() const { return limit_; }
    Result<void> set_limit(u64 limit) {
        if (limit < used_) return err(Errno::Einval);
        limit_ = limit;
        return {};
    }

private:
    u64 limit_;
    u64 used_ = 0;
};

}  // namespace occlum::kernel
