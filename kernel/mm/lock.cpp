// mlock and its relatives. Nothing is ever swapped out here, so that a locked page is one that was brought
// in; what counts against RLIMIT_MEMLOCK are the vmas' marks.
#include <algorithm>

#include "kernel/mm/address_space.h"

namespace occlum::kernel {

namespace {

/// The whole pages that [start, start + size) touches. EINVAL: it wraps.
struct Pages {
    u64 start, end;
};
Result<Pages> pages_of(GuestAddr start, u64 size) {
    if (start.value + size < start.value || page_up(start.value + size) < start.value)
        return err(Errno::Einval);
    return Pages{page_down(start.value), page_up(start.value + size)};
}

}  // namespace

u64 AddressSpace::locked_bytes(GuestAddr start, u64 size) const {
    if (vmas_.locked_bytes() == 0 || size == sfi::kDomainSize) return vmas_.locked_bytes();
    u64 bytes = 0;
    const u64 end = start.value + size;
    for (auto vma = vmas_.after(start.value); vma != vmas_.end() && vma->start < end; ++vma)
        if (vma->locked) bytes += std::min(vma->end, end) - std::max(vma->start, start.value);
    return bytes;
}

Result<void> AddressSpace::set_locked(u64 start, u64 end, bool locked) {
    if (vmas_.size() + 2 > VmaList::kMaxCount) return err(Errno::Enomem);
    vmas_.update(start, end, [&](Vma& vma) { vma.locked = locked; });
    return {};
}

/// ENOMEM: not mapped, or no access; EAGAIN: some of it could not be brought in.
Result<void> AddressSpace::bring_in_locked(u64 start, u64 end) {
    for (u64 address = start; address < end; address += kPageSize) {
        foresee({address}, kPageSize);
        const Vma* const vma = vmas_.find(address);
        if (!vma || vma->protection == 0) return err(Errno::Enomem);
        const bool own = vma->writable() && !vma->shared;
        const FaultOutcome outcome = fault({address}, own ? Access::Write : Access::Read);
        if (outcome == FaultOutcome::OutOfMemory) return err(Errno::Eagain);
        if (outcome != FaultOutcome::Resolved) return err(Errno::Enomem);
    }
    return {};
}

Result<void> AddressSpace::lock(GuestAddr start, u64 size, bool now, u64 limit) {
    const auto [first, end] = TRY(pages_of(start, size));
    if (end > sfi::kDomainSize) return err(Errno::Enomem);
    const u64 more = end - first - locked_bytes({first}, end - first);
    if (more > limit || locked_bytes() > limit - more) return err(Errno::Enomem);
    TRY(set_locked(first, end, true));
    if (!vmas_.covers(first, end)) return err(Errno::Enomem);
    if (now) TRY(bring_in_locked(first, end));
    return {};
}

Result<void> AddressSpace::unlock(GuestAddr start, u64 size) {
    const auto [first, end] = TRY(pages_of(start, size));
    if (end > sfi::kDomainSize) return err(Errno::Enomem);
    TRY(set_locked(first, end, false));
    if (!vmas_.covers(first, end)) return err(Errno::Enomem);
    return {};
}

Result<void> AddressSpace::lock_all(LockAll what, u64 limit) {
    if (what.present && vmas_.total_bytes() > limit) return err(Errno::Enomem);
    lock_future_ = what.future;
    bring_in_future_ = what.now;
    if (!what.present) return {};
    TRY(set_locked(0, sfi::kDomainSize, true));
    // As on Linux, what cannot be brought in is no error here.
    if (!what.now) return {};
    std::vector<Pages> all;
    for (const Vma& vma : vmas_) all.push_back({vma.start, vma.end});
    for (const Pages& pages : all) (void)bring_in_locked(pages.start, pages.end);
    return {};
}

Result<void> AddressSpace::unlock_all() {
    lock_future_ = false;
    return set_locked(0, sfi::kDomainSize, false);
}

}  // namespace occlum::kernel
