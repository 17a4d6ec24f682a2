// Kernel stacks: slots of the stacks' region, each behind a guard that is never mapped. Recycled; only some
// keep their pages.
#pragma once

#include <utility>

#include "base/result.h"

namespace occlum::kernel {

class KernelStack {
public:
    static constexpr u64 kSize = 32 << 10;
    static constexpr u64 kStride = 64 << 10;  ///< the rest of a slot is guard

    static Result<KernelStack> create();
    KernelStack() = default;
    KernelStack(KernelStack&& other) noexcept : top_(std::exchange(other.top_, 0)) {}
    KernelStack& operator=(KernelStack&& other) noexcept {
        std::swap(top_, other.top_);
        return *this;
    }
    ~KernelStack();

    u64 top() const { return top_; }  ///< host address just past the stack; 0: none

private:
    explicit KernelStack(u64 top) : top_(top) {}
    u64 top_ = 0;
};

}  // namespace occlum::kernel
