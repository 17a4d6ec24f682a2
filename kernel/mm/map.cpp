// mmap, munmap, mprotect, brk: the vmas, and the pages under them.
#include <algorithm>

#include "enclave/page_budget.h"
#include "kernel/boot/libos.h"
#include "kernel/fs/constants.h"
#include "kernel/fs/mounts.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/sched/vcpus.h"

namespace occlum::kernel {

namespace {

/// [start, start + size) lies in what may be mapped.
bool in_bounds(u64 start, u64 size) {
    return start >= kLowest && start <= kHighest && size <= kHighest - start;
}

/// Page-rounded size; nothing when it exceeds a domain.
std::optional<u64> rounded(u64 size) {
    if (size > sfi::kDomainSize) return std::nullopt;
    return page_up(size);
}

/// Under --strict-wx memory is executable from its beginning or never, and not while it is writable; the
/// errors are those of Linux's PR_SET_MDWE.
Result<void> allow_execution(bool strict, u32 protection, bool was_executable) {
    if (!(strict || libos_options().strict_wx) || !(protection & kProtExec)) return {};
    if ((protection & kProtWrite) || !was_executable) return err(Errno::Eacces);
    return {};
}

/// mmap(2) of /dev/zero is anonymous memory.
bool is_zero_device(OpenFile& file) {
    constexpr u64 kZeroDevice = 0x105;  // makedev(1, 5)
    const auto attributes = file.attributes();
    return attributes && (attributes->mode & kTypeMask) == kTypeCharacter && attributes->rdev == kZeroDevice;
}

}  // namespace

Result<u64> AddressSpace::choose_address(u64 hint, u64 size, u32 flags, const Vma& vma) const {
    if (flags & (kMapFixed | kMapFixedNoReplace)) {
        if (!page_aligned(hint)) return err(Errno::Einval);
        if (!in_bounds(hint, size)) return err(hint < 0x1'0000 ? Errno::Eperm : Errno::Enomem);
        if ((flags & kMapFixedNoReplace) && vmas_.overlaps(hint, hint + size)) return err(Errno::Eexist);
        return hint;
    }
    hint = page_down(hint);
    if (hint != 0 && in_bounds(hint, size) && !vmas_.overlaps(hint, hint + size)) return hint;
    const u64 stack = std::clamp<u64>(limits.stack, kMinStack, kMaxStack);
    const u64 ceiling =
        kHighest - kStackSaltRange - stack - kStackGap - domain_->salt().map_pages * kPageSize;
    std::optional<u64> place;
    if (flags & kMap32Bit)
        place = vmas_.highest_gap(kLowest, kTwoGiB, size);
    else if (const auto home = vma.file && vma.offset == 0 ? vma.file->home(size) : std::nullopt;
             home && !vmas_.overlaps(*home, *home + size))
        place = home;
    else if (vma.file)
        place = vmas_.highest_gap(kLowest, kFileCeiling, size);
    else
        place = vmas_.highest_gap(kTwoGiB, ceiling, size);
    if (!place && !(flags & kMap32Bit)) place = vmas_.highest_gap(kLowest, ceiling, size);
    if (!place) return err(Errno::Enomem);
    return *place;
}

Result<Vma> AddressSpace::describe(u32 protection, u32 flags, RefPtr<OpenFile> file, u64 offset) const {
    Vma vma;
    vma.protection = static_cast<u8>(protection & 7);
    vma.grows_down = (flags & kMapGrowsDown) != 0;
    const u32 type = flags & kMapTypeMask;
    if (type != kMapPrivate && type != kMapShared && type != kMapSharedValidate) return err(Errno::Einval);
    if (flags & kMapAnonymous) {
        if (flags & kMapHugeTlb) return err(Errno::Enomem);
        if (type != kMapPrivate) vma.shared = SharedMemory::anonymous();
        return vma;
    }
    if (!file) return err(Errno::Ebadf);
    const u32 mode = file->flags() & kOpenAccessMask;
    if (mode == kOpenWriteOnly) return err(Errno::Eacces);
    if (RefPtr<SharedMemory> segment = file->shared_memory()) {
        vma.name = file->dentry;
        vma.shared = std::move(segment);
        return vma;
    }
    const RefPtr<Inode> inode = file->mappable();
    if (!inode) {
        if (!is_zero_device(*file)) return err(Errno::Enodev);
        if (type != kMapPrivate) vma.shared = SharedMemory::anonymous();
        return vma;
    }
    vma.name = file->dentry;
    vma.offset = offset;
    if (file->dentry && (mount_flags_of(*file->dentry) & kMountNoExec) != 0) {
        if ((protection & kProtExec) != 0) return err(Errno::Eperm);
        vma.max_protection &= static_cast<u8>(~kProtExec);
    }
    if (type != kMapPrivate && (inode->seals & kSealedAgainstWrites) != 0) {
        if ((protection & kProtWrite) != 0) return err(Errno::Eperm);
        vma.max_protection &= kProtRead | kProtExec;
    } else if (type != kMapPrivate && mode == kOpenReadWrite) {
        vma.shared = SharedMemory::of(*inode);
        return vma;
    }
    // Shared, but nobody may write through it: the same as private, unless others write.
    if (type != kMapPrivate) vma.max_protection &= kProtRead | kProtExec;
    if (protection & 7 & ~u32{vma.max_protection}) return err(Errno::Eacces);
    if (type != kMapPrivate && (inode->users.writing != 0 || SharedMemory::maps(*inode))) {
        vma.shared = SharedMemory::of(*inode);
        return vma;
    }
    // What others stored through shared mappings is in it.
    static_cast<void>(settle_shared_file(*inode, 0, kMaxFileSize));
    vma.file = TRY(FilePages::of(*inode));
    return vma;
}

Result<GuestAddr> AddressSpace::map(GuestAddr hint, u64 size, u32 protection, u32 flags,
                                    RefPtr<OpenFile> file, u64 offset) {
    if (size == 0 || !page_aligned(offset)) return err(Errno::Einval);
    const auto whole = rounded(size);
    if (!whole) return err(Errno::Enomem);
    size = *whole;
    if (offset + size < offset) return err(Errno::Eoverflow);
    TRY(allow_execution(execute_gain_ != 0, protection, true));
    Vma vma = TRY(describe(protection, flags, std::move(file), offset));
    if (vmas_.total_bytes() + size > limits.address_space || vmas_.size() >= VmaList::kMaxCount)
        return err(Errno::Enomem);
    vma.start = TRY(choose_address(hint.value, size, flags, vma));
    vma.end = vma.start + size;
    if (vma.executable() && !vma.file) vma.code_identity = own_code();
    // What lies below a program's segments may be of use to them: settle_range() decides.
    const PageRange range{vma.start / kPageSize, vma.end / kPageSize};
    const bool settles = settled_ && (vma.file || (!vma.shared && (flags & kMapFixed))) &&
                         domain_->pages().next_committed(range.first, range.end) < range.end;
    if (settles) stop_guests_of(*this);
    if (auto cleared = clear_range(vma.start, vma.end, settles ? AfterUse::Open : AfterUse::Closed);
        !cleared) {
        if (settles) TRY(settle_range(range));
        return err(cleared.error());
    }
    note_code_change(vma);
    const GuestAddr start{vma.start};
    const u64 end = vma.end;
    vma.locked = lock_future_ || (flags & kMapLocked) != 0;
    const bool now = (flags & (kMapPopulate | kMapLocked)) != 0 || (lock_future_ && bring_in_future_);
    vmas_.insert(std::move(vma));
    if (settles) TRY(settle_range(range));
    if (now) populate(start.value, end);
    return start;
}

/// What fails here is left to the faults.
void AddressSpace::populate(u64 start, u64 end) {
    for (u64 address = start; address < end; address += kPageSize) {
        foresee({address}, kPageSize);
        const Vma* vma = vmas_.find(address);
        if (!vma || vma->protection == 0) return;
        const Access access = vma->writable() ? Access::Write : Access::Read;
        if (fault({address}, access) != FaultOutcome::Resolved) return;
    }
}

void AddressSpace::note_code_change(const Vma& vma) {
    if (vma.executable()) code_changed_ = true;
}

Result<void> AddressSpace::clear_range(u64 start, u64 end, AfterUse after) {
    if (!vmas_.overlaps(start, end)) return {};
    // A hole in the middle of a vma makes one more.
    if (vmas_.size() >= VmaList::kMaxCount) return err(Errno::Enomem);
    TRY(enclave::room_for_objects());
    for (const Vma& vma : vmas_.remove(start, end)) {
        note_code_change(vma);
        if (vma.code_identity != 0) forget_code({vma.start / kPageSize, vma.end / kPageSize});
        if (vma.shared) release_shared(vma);
    }
    return domain_->discard({start / kPageSize, end / kPageSize}, after);
}

Result<void> AddressSpace::unmap(GuestAddr start, u64 size) {
    const auto whole = rounded(size);
    if (size == 0 || !page_aligned(start.value) || !whole || start.value > sfi::kDomainSize ||
        *whole > sfi::kDomainSize - start.value)
        return err(Errno::Einval);
    return clear_range(start.value, start.value + *whole);
}

Result<RefPtr<SharedMemory>> AddressSpace::detach_segment(GuestAddr start) {
    const Vma* first = vmas_.find(start.value);
    if (!first || first->start != start.value || !first->shared || !first->shared->is_segment ||
        first->offset != 0)
        return err(Errno::Einval);
    RefPtr<SharedMemory> memory = first->shared;
    u64 at = start.value;
    for (const Vma* vma = first; vma && vma->shared == memory && vma->offset == at - start.value;) {
        const u64 end = vma->end;
        TRY(clear_range(vma->start, end));
        at = end;
        vma = vmas_.find(at);
    }
    return memory;
}

Result<void> AddressSpace::protect(GuestAddr start, u64 size, u32 protection) {
    u64 first = start.value;
    if (!page_aligned(first) || (protection & ~(u32{7} | kProtGrowsDown))) return err(Errno::Einval);
    if (size == 0) return {};
    const auto whole = rounded(size);
    if (!whole || !in_bounds(first, *whole)) return err(Errno::Enomem);
    const u64 end = first + *whole;
    if (protection & kProtGrowsDown) {
        const Vma* vma = vmas_.find(first);
        if (!vma) return err(Errno::Enomem);
        if (!vma->grows_down) return err(Errno::Einval);
        first = vma->start;
    }
    const u8 access = protection & 7;
    // Linux changes what lies before the first hole or refusal, then says so.
    while (first < end) {
        const Vma* vma = vmas_.find(first);
        if (!vma) return err(Errno::Enomem);
        if (access & ~vma->max_protection) return err(Errno::Eacces);
        TRY(allow_execution(execute_gain_ != 0, access, vma->executable()));
        const u64 part_end = std::min(end, vma->end);
        if (vma->protection != access) TRY(protect_part(first, part_end, access));
        first = part_end;
    }
    return {};
}

Result<void> AddressSpace::protect_part(u64 start, u64 end, u8 protection) {
    if (vmas_.size() + 2 > VmaList::kMaxCount) return err(Errno::Enomem);
    const PageRange range{start / kPageSize, end / kPageSize};
    Vma part;
    vmas_.update(start, end, [&](Vma& vma) {
        const bool was_executable = vma.executable();
        vma.protection = protection;
        if (was_executable != vma.executable()) {
            code_changed_ = true;
            const bool own_bytes = !vma.file || vma.modified;
            if (vma.executable() && own_bytes) vma.code_identity = own_code();
        }
        part = vma;
    });
    // Code that is not executable for a while keeps its translations: writes to it are noticed all the same.
    return apply_protection(part, range);
}

/// Live pages get what the vma says.
Result<void> AddressSpace::apply_protection(const Vma& vma, PageRange range) {
    PageTable& pages = domain_->pages();
    for (u64 page = range.first; (page = pages.next_committed(page, range.end)) < range.end;) {
        const u64 end = pages.run_end(page, range.end);
        const u8 state = pages.state(page);
        if (state & kPageLive) TRY(domain_->set_hardware({page, end}, wanted_hardware(vma, state)));
        page = end;
    }
    return {};
}

enclave::Protection AddressSpace::wanted_hardware(const Vma& vma, u8 state) const {
    if (vma.protection == 0) return enclave::kProtNone;
    // Writes to translated pages and the first write to a file mapping must be noticed.
    const bool unmodified = vma.file && !vma.modified;
    if (!vma.writable() || unmodified || (state & kPageTranslated)) return enclave::kProtRead;
    return enclave::kProtReadWrite;
}

void AddressSpace::set_break_start(u64 bss_end) {
    break_start_ = break_end_ = page_up(bss_end) + domain_->salt().break_pages * kPageSize;
}

u64 AddressSpace::stack_top() const { return kHighest - domain_->salt().stack_pages * kPageSize; }

Result<void> AddressSpace::map_stack(u64 size, bool executable) {
    const u32 protection = kProtRead | kProtWrite | (executable ? kProtExec : 0);
    const GuestAddr start{stack_top() - size};
    TRY(map(start, size, protection, kMapPrivate | kMapAnonymous | kMapFixedNoReplace | kMapGrowsDown,
            nullptr, 0));
    vmas_.update(start.value, stack_top(), [](Vma& vma) { vma.kind = VmaKind::Stack; });
    return {};
}

GuestAddr AddressSpace::set_break(GuestAddr wanted) {
    const GuestAddr now{break_end_};
    const u64 target = wanted.value;
    if (target < break_start_ || target > kHighest || target - break_start_ > limits.data) return now;
    const u64 old_end = page_up(break_end_), new_end = page_up(target);
    if (new_end < old_end) {
        if (!clear_range(new_end, old_end)) return now;
    } else if (new_end > old_end) {
        const u64 growth = new_end - old_end;
        if (vmas_.overlaps(old_end, std::min(new_end + kPageSize, kHighest)) ||
            vmas_.total_bytes() + growth > limits.address_space)
            return now;
        Vma heap;
        heap.start = old_end;
        heap.end = new_end;
        heap.protection = kProtRead | kProtWrite;
        heap.kind = VmaKind::Heap;
        heap.locked = lock_future_;
        vmas_.insert(std::move(heap));
        if (lock_future_ && bring_in_future_) populate(old_end, new_end);
    }
    break_end_ = target;
    return wanted;
}

}  // namespace occlum::kernel
