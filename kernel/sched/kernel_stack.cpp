#include "kernel/sched/kernel_stack.h"

#include <vector>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/pages.h"

namespace occlum::kernel {

namespace {

constexpr size_t kKeptStacks = 256;

struct StackPool {
    std::vector<u64> free_tops;  ///< with their pages, kKeptStacks at most
    std::vector<u64> bare_tops;
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
    if (stacks.bare_tops.empty()) {
        if ((stacks.slots_used + 1) * kStride > abi::kStacksSize) return err(Errno::Eagain);
        ++stacks.slots_used;
        stacks.bare_tops.push_back(enclave::elrange_base() + abi::kStacksOffset +
                                   stacks.slots_used * kStride);
    }
    const u64 top = stacks.bare_tops.back();
    TRY(enclave::commit_pages(top - kSize, kSize, enclave::kProtReadWrite, enclave::PagesFor::Guest));
    stacks.bare_tops.pop_back();
    return KernelStack(top);
}

KernelStack::~KernelStack() {
    if (top_ == 0) return;
    StackPool& stacks = pool();
    if (stacks.free_tops.size() < kKeptStacks) {
        stacks.free_tops.push_back(top_);
        return;
    }
    if (!enclave::decommit_pages(top_ - kSize, kSize)) enclave::panic("kernel stack: the host keeps pages");
    stacks.bare_tops.push_back(top_);
}

}  // namespace occlum::kernel
