#include "kernel/mm/address_space.h"

#include <algorithm>

#include "kernel/mm/layout.h"
#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {

Result<Ref<AddressSpace>> AddressSpace::create(u64 affinity) {
    return Ref<AddressSpace>::adopt(*new AddressSpace(TRY(domain_pool().take(affinity))));
}

AddressSpace::AddressSpace(std::unique_ptr<Domain> domain)
    : domain_(std::move(domain)), private_code_(make_ref<PrivateCode>(*this)) {}

AddressSpace::~AddressSpace() {
    for (const Vma& vma : vmas_)
        if (vma.shared) release_shared(vma);
    private_code_->detach();
    domain_pool().give(std::move(domain_));
}

u64 AddressSpace::base() const { return domain_->base(); }

MemoryUsage AddressSpace::usage() const {
    MemoryUsage usage{};
    usage.virtual_bytes = vmas_.total_bytes();
    usage.resident_bytes = domain_->pages().live() * kPageSize;
    usage.peak_resident_bytes = domain_->pages().peak_live() * kPageSize;
    usage.locked_bytes = locked_bytes();
    for (const Vma& vma : vmas_) {
        if (vma.executable()) usage.text_bytes += vma.size();
        if (vma.writable() && !vma.shared) usage.data_bytes += vma.size();
        if (vma.kind == VmaKind::Stack) usage.stack_bytes += vma.size();
    }
    return usage;
}

}  // namespace occlum::kernel
