// Bringing pages in: what a guest access, or the kernel's on its behalf, finds missing.
//
// Anonymous memory comes in runs of 16 pages, since each call to the host costs more than a page. A recycled
// domain's stale page is zeroed or filled anew, unless its stamp says that it holds the wanted bytes already.
#include <algorithm>

#include "kernel/mm/address_space.h"
#include "kernel/mm/layout.h"
#include "kernel/mm/unsafe/domain_memory.h"
#include "kernel/sched/long_call.h"
#include "kernel/sched/vcpus.h"

namespace occlum::kernel {

namespace {

constexpr u64 kRunPages = 16;

bool allowed(const Vma& vma, Access access) {
    switch (access) {
        case Access::Read:
            return vma.protection != 0;  // x86 pages that can be written or run can be read
        case Access::Write:
            return vma.writable();
        case Access::Execute:
            return vma.executable();
    }
    return false;
}

}  // namespace

FaultOutcome AddressSpace::fault(GuestAddr address, Access access) {
    if (address.value >= sfi::kDomainSize) return FaultOutcome::NotMapped;
    Vma* vma = vmas_.find(address.value);
    if (!vma) vma = grow_stack(address.value);
    if (!vma) return FaultOutcome::NotMapped;
    if (!allowed(*vma, access)) return FaultOutcome::AccessDenied;
    const u64 page = address.value / kPageSize;
    if (access == Access::Execute || has_access(page, access)) return FaultOutcome::Resolved;
    return vma->shared ? bring_in_shared(*vma, page) : bring_in(*vma, page, access);
}

void AddressSpace::prefetch(GuestAddr address) {
    const Vma* const vma = vmas_.find(address.value);
    if (!vma || (!vma->file && !(vma->shared && vma->shared->inode()))) return;
    const u64 run = address.value / (kRunPages * kPageSize) * (kRunPages * kPageSize);
    const u64 first = vma->offset_of(std::max(run, vma->start));
    const u64 end = vma->offset_of(std::min(run + kRunPages * kPageSize, vma->end));
    if (vma->shared) {
        const Ref<Inode> inode(*vma->shared->inode());
        inode->prefetch(first, end - first);
    } else {
        const Ref<FilePages> pages(*vma->file);
        pages->prefetch(first, end);
    }
}

void AddressSpace::foresee(GuestAddr start, u64 size) {
    constexpr u64 kMost = 8 << 20, kRun = kRunPages * kPageSize;
    if (start.value >= sfi::kDomainSize) return;
    const u64 end = start.value + std::min({size, kMost, sfi::kDomainSize - start.value});
    for (u64 at = start.value; at < end;) {
        if (domain_->pages().state(at / kPageSize) & kPageLive) {
            at = page_down(at) + kPageSize;
            continue;
        }
        const Vma* const vma = vmas_.find(at);
        if (!vma) return;
        const bool of_file = vma->file || (vma->shared && vma->shared->inode());
        const u64 next = of_file ? std::min(vma->end, at / kRun * kRun + kRun) : vma->end;
        if (of_file) prefetch({at});
        at = next;
    }
}

void AddressSpace::prefetch_code(GuestAddr address) {
    const Vma* const vma = vmas_.find(address.value);
    if (!vma || !vma->file) return prefetch(address);
    const Ref<FilePages> pages(*vma->file);
    pages->prefetch_code(vma->offset_of(address.value));
}

bool AddressSpace::has_access(u64 page, Access access) const {
    const u8 state = domain_->pages().state(page);
    const u8 needed = access == Access::Write ? enclave::kProtReadWrite : enclave::kProtRead;
    return (state & kPageLive) && (state & needed) == needed;
}

/// The vma that grows down to the address: within the limit, and not onto its lower neighbour.
Vma* AddressSpace::grow_stack(u64 address) {
    const auto above = vmas_.after(address);
    if (above == vmas_.end()) return nullptr;
    Vma& vma = *vmas_.find(above->start);
    if (!vma.grows_down || vma.end - page_down(address) > limits.stack) return nullptr;
    const u64 below = std::max(vmas_.end_before(above), kLowest);
    const u64 floor = std::max(below + kStackGap, vma.end - std::min(vma.end, limits.stack));
    if (page_down(address) < floor) return nullptr;
    // In whole runs, so that deep recursion does not fault on every page.
    const u64 wanted = address / (kRunPages * kPageSize) * (kRunPages * kPageSize);
    const u64 start = std::max(wanted, page_up(floor));
    if (vmas_.total_bytes() + (vma.start - start) > limits.address_space) return nullptr;
    vmas_.move_start(vma, start);
    return &vma;
}

FaultOutcome AddressSpace::bring_in(Vma& vma, u64 page, Access access) {
    PageTable& pages = domain_->pages();
    if (access == Access::Write || (vma.writable() && !vma.executable())) mark_modified(vma);
    if (pages.state(page) & kPageLive) {
        if (access == Access::Write && (pages.state(page) & kPageTranslated)) end_translation(page);
        const auto wanted = wanted_hardware(vma, pages.state(page));
        return domain_->set_hardware({page, page + 1}, wanted) ? FaultOutcome::Resolved
                                                               : FaultOutcome::OutOfMemory;
    }
    PageRange run{page / kRunPages * kRunPages, (page / kRunPages + 1) * kRunPages};
    run.first = std::max(run.first, vma.start / kPageSize);
    run.end = std::min(run.end, vma.end / kPageSize);
    if (vma.file) {
        const u64 file_pages = page_up(vma.file->size()) / kPageSize, first = vma.offset / kPageSize;
        const u64 mapped = file_pages > first ? file_pages - first : 0;
        run.end = std::min(run.end, vma.start / kPageSize + mapped);
        if (page >= run.end) return FaultOutcome::BeyondFile;
        run = with_held_pages(vma, run);
    }
    for (u64 first = run.first; first < run.end;) {
        const u64 end = pages.run_end(first, run.end);
        if (!(pages.state(first) & kPageLive)) {
            if (auto done = bring_in_run(vma, {first, end}); !done)
                return done.error() == Errno::Enomem ? FaultOutcome::OutOfMemory : FaultOutcome::BeyondFile;
        }
        first = end;
    }
    return FaultOutcome::Resolved;
}

/// The run and what is next to it and needs no filling: one call to the host instead of several.
PageRange AddressSpace::with_held_pages(const Vma& vma, PageRange run) const {
    const PageTable& pages = domain_->pages();
    auto held = [&](u64 page) {
        return (pages.state(page) & (kPageCommitted | kPageLive)) == kPageCommitted &&
               holds_file_page(vma, page);
    };
    if (wanted_hardware(vma, 0) != enclave::kProtRead) return run;
    while (run.first > vma.start / kPageSize && held(run.first - 1)) --run.first;
    while (run.end < vma.end / kPageSize && held(run.end)) ++run.end;
    return run;
}

/// Pages of equal state, none of them live.
Result<void> AddressSpace::bring_in_run(const Vma& vma, PageRange run) {
    const u8 state = domain_->pages().state(run.first);
    const auto wanted = wanted_hardware(vma, 0);
    if (!(state & kPageCommitted) && !vma.file) return domain_->commit(run, wanted);
    // From here on pages are accessible before they hold what they should.
    stop_guests_of(*this);
    if (state & kPageCommitted) return bring_in_stale(vma, run);
    TRY(domain_->commit(run, enclave::kProtReadWrite));
    TRY(fill_from_file(vma, run));
    return domain_->set_hardware(run, wanted);
}

/// A left-over page with the bytes that this mapping wants.
bool AddressSpace::holds_file_page(const Vma& vma, u64 page) const {
    const u64 stamp = domain_->pages().stamp(page);
    return vma.file && stamp != 0 && stamp == vma.file->stamp(vma.offset_of(page * kPageSize) / kPageSize);
}

Result<void> AddressSpace::bring_in_stale(const Vma& vma, PageRange run) {
    PageTable& pages = domain_->pages();
    const auto wanted = wanted_hardware(vma, 0);
    for (u64 first = run.first; first < run.end;) {
        const bool adopt = holds_file_page(vma, first);
        u64 end = first + 1;
        while (end < run.end && holds_file_page(vma, end) == adopt) ++end;
        const PageRange part{first, end};
        if (!adopt) {
            TRY(domain_->set_hardware(part, enclave::kProtReadWrite));
            if (!vma.file) {
                domain_->zero(part);
            } else if (auto filled = fill_from_file(vma, part); !filled) {
                // What was not filled may hold another process's bytes.
                TRY(domain_->set_hardware(part, enclave::kProtNone));
                return filled;
            }
        }
        TRY(domain_->set_hardware(part, wanted));
        for (u64 page = first; page < end; ++page)
            pages.set_state(page, static_cast<u8>(pages.state(page) | kPageLive));
        first = end;
    }
    return {};
}

/// File bytes to writable pages, whose stamps then name them if nobody may write later.
Result<void> AddressSpace::fill_from_file(const Vma& vma, PageRange run) {
    const u64 start = run.first * kPageSize, size = run.count() * kPageSize;
    const u64 offset = vma.offset_of(start);
    for (u64 done = 0; done < size;) {
        const auto bytes = TRY(vma.file->bytes(offset + done));
        const u64 count = std::min<u64>(bytes.size(), size - done);
        const bool copied = count > 0 ? copy_to_domain(base(), start + done, bytes.first(count))
                                      : fill_domain(base(), start + done, 0, size - done);
        if (!copied) return err(Errno::Enomem);
        done += count > 0 ? count : size - done;
    }
    if (wanted_hardware(vma, 0) == enclave::kProtRead)
        for (u64 page = run.first; page < run.end; ++page)
            domain_->pages().set_stamp(page, vma.file->stamp(vma.offset_of(page * kPageSize) / kPageSize));
    return {};
}

/// All pages of the range become live and writable; what stale ones hold is the caller's to overwrite, while
/// no guest of this space runs.
Result<void> AddressSpace::make_writable(PageRange range) {
    stop_guests_of(*this);
    PageTable& pages = domain_->pages();
    for (u64 first = range.first; first < range.end;) {
        const u64 end = pages.run_end(first, range.end);
        if (pages.state(first) & kPageCommitted) {
            TRY(domain_->set_hardware({first, end}, enclave::kProtReadWrite));
            for (u64 page = first; page < end; ++page)
                pages.set_state(page, static_cast<u8>(pages.state(page) | kPageLive));
        } else {
            TRY(domain_->commit({first, end}, enclave::kProtReadWrite));
        }
        first = end;
    }
    return {};
}

/// From now on the private file mapping's bytes may differ from the file's.
void AddressSpace::mark_modified(Vma& vma) {
    if (!vma.file || vma.modified) return;
    vma.modified = true;
    if (!vma.executable()) return;
    vma.code_identity = own_code();
    code_changed_ = true;
}

/// No translation of the page's present bytes is run any more.
void AddressSpace::forget_code(u64 page) {
    recover_tasks_of(*this);
    if (code_space_) code_cache().invalidate(*code_space_, {page * kPageSize}, kPageSize);
    PageTable& pages = domain_->pages();
    pages.set_state(page, static_cast<u8>(pages.state(page) & ~kPageTranslated));
}

/// Before the first write to a page from which code was translated.
void AddressSpace::end_translation(u64 page) {
    forget_code(page);
    if (stepped_) end_step();
    stepped_page_ = page;
}

/// Makes [start, start + size) accessible for the kernel, as guest accesses to each page would.
Result<void> AddressSpace::prepare(u64 start, u64 size, Access access) {
    if (start >= sfi::kDomainSize || size > sfi::kDomainSize - start) return err(Errno::Efault);
    if (size == 0) return {};
    for (u64 page = start / kPageSize; page <= (start + size - 1) / kPageSize; ++page) {
        if (has_access(page, access)) continue;
        const NoLongCalls while_mappings_are_used;
        if (fault({std::max(start, page * kPageSize)}, access) != FaultOutcome::Resolved)
            return err(Errno::Efault);
    }
    return {};
}

Result<void> AddressSpace::copy_in(std::span<u8> to, GuestAddr from) {
    TRY(prepare(from.value, to.size(), Access::Read));
    if (!copy_from_domain(base(), from.value, to)) return err(Errno::Efault);
    return {};
}

Result<void> AddressSpace::copy_out(GuestAddr to, std::span<const u8> from) {
    TRY(prepare(to.value, from.size(), Access::Write));
    if (!copy_to_domain(base(), to.value, from)) return err(Errno::Efault);
    return {};
}

bool AddressSpace::copy_out_at_once(GuestAddr to, std::span<const u8> from) const {
    if (to.value > sfi::kDomainSize - from.size()) return false;
    return copy_to_domain(base(), to.value, from);
}

Result<u32> AddressSpace::compare_exchange(GuestAddr word, u32 expected, u32 desired) {
    if (word.value % sizeof(u32) != 0) return err(Errno::Einval);
    TRY(prepare(word.value, sizeof(u32), Access::Write));
    if (!exchange_in_domain(base(), word.value, expected, desired)) return err(Errno::Efault);
    return expected;
}

Result<void> AddressSpace::fill(GuestAddr to, u8 value, u64 size) {
    TRY(prepare(to.value, size, Access::Write));
    if (!fill_domain(base(), to.value, value, size)) return err(Errno::Efault);
    return {};
}

}  // namespace occlum::kernel
