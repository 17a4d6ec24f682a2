// mremap, madvise, mincore, msync.
#include <algorithm>

#include "kernel/mm/address_space.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/mm/unsafe/domain_memory.h"
#include "kernel/sched/long_call.h"
#include "kernel/sched/turn.h"
#include "kernel/sched/vcpus.h"

namespace occlum::kernel {

namespace {

constexpr u32 kMayMove = 1, kFixed = 2, kDontUnmap = 4;
/// Up to this many pages are zeroed in place rather than given up.
constexpr u64 kZeroInPlace = 64;

enum Advice : int {
    kDontNeed = 4,
    kFree = 8,
    kRemove = 9,
    kDontFork = 10,
    kDoFork = 11,
    kHugePage = 14,
    kDontDump = 16,
    kDoDump = 17,
    kWipeOnFork = 18,
    kKeepOnFork = 19,
    kCold = 20,
    kPageOut = 21,
    kPopulateRead = 22,
    kPopulateWrite = 23,
    kDontNeedLocked = 24,
    kHwPoison = 100,
    kSoftOffline = 101,
};

bool known_advice(int advice) {
    return (advice >= 0 && advice <= kDontNeed) || (advice >= kFree && advice <= kDontNeedLocked);
}

}  // namespace

Result<GuestAddr> AddressSpace::remap(GuestAddr old_start, u64 old_size, u64 new_size, u32 flags,
                                      GuestAddr new_start) {
    const u64 start = old_start.value, target = new_start.value;
    if ((flags & ~(kMayMove | kFixed | kDontUnmap)) || !page_aligned(start) || new_size == 0 ||
        ((flags & (kFixed | kDontUnmap)) && !(flags & kMayMove)))
        return err(Errno::Einval);
    if (old_size > sfi::kDomainSize || start > sfi::kDomainSize) return err(Errno::Einval);
    if (new_size > sfi::kDomainSize) return err(Errno::Enomem);
    old_size = page_up(old_size);
    new_size = page_up(new_size);
    if ((flags & kDontUnmap) && old_size != new_size) return err(Errno::Einval);
    if (flags & kFixed) {
        const bool overlap = target < start + old_size && start < target + new_size;
        if (!page_aligned(target) || overlap) return err(Errno::Einval);
    }
    const Vma* vma = vmas_.find(start);
    if (!vma) return err(Errno::Efault);
    if (old_size == 0 && !vma->shared) return err(Errno::Einval);
    if (vma->end - start < old_size && new_size >= old_size) return err(Errno::Efault);
    if ((flags & kDontUnmap) && (vma->file || vma->shared)) return err(Errno::Einval);

    if (!(flags & (kFixed | kDontUnmap)) && old_size != 0) {
        if (new_size <= old_size) {
            TRY(clear_range(start + new_size, start + old_size));
            return old_start;
        }
        if (vmas_.total_bytes() + (new_size - old_size) > limits.address_space) return err(Errno::Enomem);
        if (auto grown = resize_in_place(*vma, start, old_size, new_size)) return grown;
        if (!(flags & kMayMove)) return err(Errno::Enomem);
    }
    if (flags & kFixed) TRY(unmap({target}, new_size));
    if (new_size < old_size) {
        TRY(clear_range(start + new_size, start + old_size));
        old_size = new_size;
    }
    const u32 place = flags & kFixed ? kMapFixed : 0;
    const u64 chosen = TRY(choose_address(flags & kMayMove ? target : 0, new_size, place, *vma));
    return move_mapping(start, old_size, new_size, chosen, (flags & kDontUnmap) != 0);
}

Result<GuestAddr> AddressSpace::resize_in_place(const Vma& vma, u64 start, u64 old_size, u64 new_size) {
    const u64 new_end = start + new_size;
    if (vma.end != start + old_size || new_end > kHighest || vmas_.overlaps(vma.end, new_end))
        return err(Errno::Enomem);
    Vma grown = vma;
    grown.offset = vma.offset_of(vma.end);
    grown.start = vma.end;
    grown.end = new_end;
    note_code_change(grown);
    vmas_.insert(std::move(grown));
    return GuestAddr{start};
}

Result<GuestAddr> AddressSpace::move_mapping(u64 start, u64 old_size, u64 new_size, u64 target,
                                             bool keep_old) {
    if (vmas_.size() + 2 > VmaList::kMaxCount) return err(Errno::Enomem);
    Vma* vma = vmas_.find(start);
    if (!vma) return err(Errno::Efault);
    Vma moved = *vma;
    moved.offset = vma->offset_of(start);
    moved.start = target;
    moved.end = target + new_size;
    moved.kind = VmaKind::Plain;
    note_code_change(moved);
    const PageRange from{start / kPageSize, (start + old_size) / kPageSize};
    if (!moved.shared) TRY(move_pages(from, target / kPageSize, moved));
    const bool translated = moved.code_identity != 0;
    vmas_.insert(std::move(moved));
    if (keep_old) {
        if (translated) forget_code(from);
        TRY(domain_->discard(from));
    } else if (old_size != 0)
        TRY(clear_range(start, start + old_size));
    return GuestAddr{target};
}

/// Copies live pages, as pages cannot be mapped elsewhere. The target is a hole. No store of another thread
/// is lost in between.
Result<void> AddressSpace::move_pages(PageRange from, u64 to, const Vma& vma) {
    stop_guests_of(*this);
    PageTable& pages = domain_->pages();
    for (u64 page = from.first; (page = pages.next_committed(page, from.end)) < from.end;) {
        const u64 end = pages.run_end(page, from.end);
        if (pages.state(page) & kPageLive) {
            const u64 target = to + (page - from.first);
            const PageRange placed{target, target + (end - page)};
            if (hardware_of(pages.state(page)) == enclave::kProtNone)
                TRY(domain_->set_hardware({page, end}, enclave::kProtRead));
            TRY(make_writable(placed));
            if (!copy_domain_range(base(), page * kPageSize, base(), target * kPageSize,
                                   (end - page) * kPageSize)) {
                TRY(domain_->discard(placed));
                return err(Errno::Efault);
            }
            TRY(domain_->set_hardware(placed, wanted_hardware(vma, 0)));
        }
        page = end;
    }
    return {};
}

Result<void> AddressSpace::remap_file_pages(GuestAddr start, u64 size, u64 offset) {
    const Vma* vma = vmas_.find(start.value);
    const u64 end = start.value + size;
    if (!vma || !vma->shared || end > vma->end || end < start.value) return err(Errno::Einval);
    Vma part = *vma;
    part.start = start.value;
    part.end = end;
    part.offset = offset;
    TRY(clear_range(start.value, end));
    vmas_.insert(std::move(part));
    return {};
}

namespace {

/// MADV_REMOVE: holes in the files that are mapped shared. EINVAL, EACCES.
Result<void> remove_contents(const VmaList& vmas, u64 start, u64 end) {
    struct Hole {
        Ref<Inode> inode;
        u64 offset, size;
    };
    std::vector<Hole> holes;
    for (auto at = vmas.after(start); at != vmas.end() && at->start < end; ++at) {
        const RefPtr<Inode> inode = at->shared ? at->shared->inode() : nullptr;
        if (at->locked || !inode) return err(Errno::Einval);
        if (!at->writable()) return err(Errno::Eacces);
        const u64 first = std::max(at->start, start), last = std::min(at->end, end);
        holes.push_back({Ref<Inode>(*inode), at->offset + first - at->start, last - first});
    }
    constexpr u32 kKeepSize = 1, kPunchHole = 2;
    for (const Hole& hole : holes) {
        const OwnTurn turn(hole.inode->contents_turn());
        withdraw_shared_file(*hole.inode, hole.offset, hole.size);
        TRY(hole.inode->allocate(kKeepSize | kPunchHole, hole.offset, hole.size));
    }
    return {};
}

}  // namespace

Result<void> AddressSpace::advise(GuestAddr start, u64 size, int advice) {
    if (!page_aligned(start.value)) return err(Errno::Einval);
    if (advice == kHwPoison || advice == kSoftOffline) return err(Errno::Eperm);
    if (!known_advice(advice)) return err(Errno::Einval);
    if (size > sfi::kDomainSize || start.value > sfi::kDomainSize - page_up(size)) return err(Errno::Enomem);
    const u64 end = start.value + page_up(size);
    auto flag = [&](auto change) { vmas_.update(start.value, end, change); };
    switch (advice) {
        case kDontFork:
            flag([](Vma& vma) { vma.dont_fork = true; });
            break;
        case kDoFork:
            flag([](Vma& vma) { vma.dont_fork = false; });
            break;
        case kWipeOnFork:
            for (auto vma = vmas_.after(start.value); vma != vmas_.end() && vma->start < end; ++vma)
                if (vma->file || vma->shared) return err(Errno::Einval);
            flag([](Vma& vma) { vma.wipe_on_fork = true; });
            break;
        case kKeepOnFork:
            flag([](Vma& vma) { vma.wipe_on_fork = false; });
            break;
        case kRemove:
            return remove_contents(vmas_, start.value, end);
        case kPopulateRead:
        case kPopulateWrite:
            populate(start.value, end);
            break;
        case kDontNeed:
        case kFree:
        case kDontNeedLocked:
            for (auto at = vmas_.after(start.value); at != vmas_.end() && at->start < end; ++at) {
                const Vma& vma = *at;
                if (vma.locked && advice != kDontNeedLocked) return err(Errno::Einval);
                if (advice == kFree && (vma.file || vma.shared)) return err(Errno::Einval);
                TRY(drop_contents(
                    vma, {std::max(vma.start, start.value) / kPageSize, std::min(vma.end, end) / kPageSize}));
            }
            break;
        default:
            break;
    }
    if (!vmas_.covers(start.value, end)) return err(Errno::Enomem);
    return {};
}

/// Private memory goes back to zeroes or to the file's bytes.
Result<void> AddressSpace::drop_contents(const Vma& vma, PageRange range) {
    if (vma.shared) return {};
    PageTable& pages = domain_->pages();
    if (vma.code_identity != 0) {
        for (u64 page = range.first; (page = pages.next_committed(page, range.end)) < range.end; ++page)
            if (pages.state(page) & kPageTranslated) end_translation(page);
    }
    const bool zero = !vma.file && vma.writable() && range.count() <= kZeroInPlace;
    if (!zero) return domain_->discard(range);
    for (u64 page = range.first; (page = pages.next_committed(page, range.end)) < range.end;) {
        const u64 end = pages.run_end(page, range.end);
        if (pages.state(page) & kPageLive) {
            TRY(domain_->set_hardware({page, end}, enclave::kProtReadWrite));
            domain_->zero({page, end});
        }
        page = end;
    }
    return {};
}

Result<std::vector<u8>> AddressSpace::resident(GuestAddr start, u64 size) const {
    if (!page_aligned(start.value)) return err(Errno::Einval);
    if (size > sfi::kDomainSize || start.value > sfi::kDomainSize - page_up(size) ||
        !vmas_.covers(start.value, start.value + page_up(size)))
        return err(Errno::Enomem);
    std::vector<u8> answer;
    for (u64 address = start.value; address < start.value + page_up(size); address += kPageSize) {
        const Vma* vma = vmas_.find(address);
        const bool live = (domain_->pages().state(address / kPageSize) & kPageLive) != 0;
        answer.push_back(live || (vma && vma->file) ? 1 : 0);
    }
    return answer;
}

Result<void> AddressSpace::sync(GuestAddr start, u64 size, u32 flags) {
    constexpr u32 kAsync = 1, kInvalidate = 2, kSync = 4;
    if (!page_aligned(start.value) || (flags & ~(kAsync | kInvalidate | kSync)) ||
        (flags & (kAsync | kSync)) == (kAsync | kSync))
        return err(Errno::Einval);
    if (size > sfi::kDomainSize || start.value > sfi::kDomainSize - page_up(size)) return err(Errno::Enomem);
    const u64 end = start.value + page_up(size);
    struct Part {
        Ref<Inode> file;
        u64 offset, size;
    };
    std::vector<Part> parts;
    for (auto at = vmas_.after(start.value); at != vmas_.end() && at->start < end; ++at) {
        const Vma& vma = *at;
        if (vma.locked && (flags & kInvalidate)) return err(Errno::Ebusy);
        if (!vma.shared) continue;
        const u64 first = std::max(vma.start, start.value), last = std::min(vma.end, end);
        if (vma.shared->inode()) parts.push_back({*vma.shared->inode(), vma.offset_of(first), last - first});
    }
    const bool covered = vmas_.covers(start.value, end);
    for (const Part& part : parts) TRY(settle_shared_file(*part.file, part.offset, part.size));
    LongCalls others_may;
    for (const Part& part : parts)
        if (flags & kSync) TRY(part.file->sync());
    if (!covered) return err(Errno::Enomem);
    return {};
}

}  // namespace occlum::kernel
