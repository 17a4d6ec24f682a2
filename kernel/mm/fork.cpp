// fork. A child's domain is most often that of an earlier child of the same program, with the same pages at
// the same places and protections: then fork copies the writable pages and makes no host call at all.
// Read-only pages with the parent's stamp hold the parent's bytes already.
#include <algorithm>

#include "kernel/mm/address_space.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/mm/unsafe/domain_memory.h"
#include "kernel/sched/vcpus.h"

namespace occlum::kernel {

Result<Ref<AddressSpace>> AddressSpace::fork() {
    // The child sees one moment of the parent's memory: other threads wait.
    stop_guests_of(*this);
    auto child = TRY(create(domain_->affinity));
    child->limits = limits;
    if (!(execute_gain_ & kGainOfChildren)) child->execute_gain_ = execute_gain_;
    child->break_start_ = break_start_;
    child->break_end_ = break_end_;
    child->vmas_ = vmas_;
    bool private_code = false, less_code = false;
    for (const Vma& vma : vmas_) {
        if (!vma.dont_fork) continue;
        child->vmas_.remove(vma.start, vma.end);
        less_code = less_code || vma.executable();
    }
    child->vmas_.update(0, sfi::kDomainSize, [&](Vma& vma) {
        vma.locked = false;
        if (vma.code_identity == 0) return;
        vma.code_identity = child->own_code();
        private_code = true;
    });
    TRY(copy_pages_to(*child));
    TRY(child->settle());
    // A space with private code, even with code that is gone by now, is its owner's alone.
    const bool same_code = !private_code && own_code_ == 0 && !less_code;
    if (same_code) child->code_space_ = code_space_;
    child->code_changed_ = code_changed_ || !same_code;
    return child;
}

/// Private live pages of the parent, vma by vma.
Result<void> AddressSpace::copy_pages_to(AddressSpace& child) {
    const PageTable& pages = domain_->pages();
    for (const Vma& vma : child.vmas_) {
        if (vma.shared || vma.wipe_on_fork) continue;
        const u64 last = vma.end / kPageSize;
        for (u64 page = vma.start / kPageSize; (page = pages.next_committed(page, last)) < last;) {
            const u64 end = pages.run_end(page, last);
            if (pages.state(page) & kPageLive) TRY(copy_run_to(child, {page, end}));
            page = end;
        }
    }
    return {};
}

Result<void> AddressSpace::copy_run_to(AddressSpace& child, PageRange run) {
    PageTable& mine = domain_->pages();
    PageTable& theirs = child.domain_->pages();
    const auto hardware = hardware_of(mine.state(run.first));
    // A page that was write-protected only for its translations may be written in the child.
    auto same = [&](u64 page) {
        return hardware == enclave::kProtRead && mine.stamp(page) != 0 &&
               mine.stamp(page) == theirs.stamp(page) && (theirs.state(page) & kPageCommitted);
    };
    for (u64 first = run.first; first < run.end;) {
        const bool adopt = same(first);
        u64 end = first + 1;
        while (end < run.end && same(end) == adopt) ++end;
        const PageRange part{first, end};
        if (!adopt) {
            if (hardware == enclave::kProtNone) TRY(domain_->set_hardware(part, enclave::kProtRead));
            TRY(child.make_writable(part));
            if (!copy_domain_range(base(), first * kPageSize, child.base(), first * kPageSize,
                                   part.count() * kPageSize))
                return err(Errno::Enomem);
            if (hardware == enclave::kProtNone) TRY(domain_->set_hardware(part, enclave::kProtNone));
        }
        TRY(child.domain_->set_hardware(part, hardware));
        for (u64 page = first; page < end; ++page) {
            theirs.set_state(page, static_cast<u8>(theirs.state(page) | kPageLive));
            if (hardware != enclave::kProtRead || adopt) continue;
            if (mine.stamp(page) == 0) mine.set_stamp(page, fresh_number());
            theirs.set_stamp(page, mine.stamp(page));
        }
        first = end;
    }
    return {};
}

}  // namespace occlum::kernel
