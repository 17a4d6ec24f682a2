#include "kernel/sched/kernel_stack.h"

#include <vector>

#include "abi/enclave_map.h"
#include "enclave/pages.h"

namespace occlum::kernel {

namespace {

struct StackPool {
    std::vector<u64> free_tops;
    u64 slots_used = 0;
};
StackPool& pool() {
    static StackPool instance;
    return instance;
}

}  // namespace

Result<KernelStack> KernelStack::create() {
    StackPool& stacks = pool();
    if (!stacks.free_tops.empty()) {
        const u64 top = stacks.free_tops.back();
        stacks.free_tops.pop_back();
        return KernelStack(top);
    }
    if ((stacks.slots_used + 1) * kStride > abi::kStacksSize) return err(Errno::Eagain);
    const u64 top = enclave::elrange_base() + abi::kStacksOffset + (stacks.slots_used + 1) * kStride;
    TRY(enclave::commit_pages(top - kSize, kSize, enclave::kProtReadWrite));
    ++stacks.slots_used;
    return KernelStack(top);
}

KernelStack::~KernelStack() {
    if (top_ != 0) pool().free_tops.push_back(top_);
}

}  // namespace occlum::kernel
