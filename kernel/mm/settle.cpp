// What happens to stale pages: those that a recycled domain brings along, and those below a new mapping of a
// file. A dynamic loader maps the same files at the same places in each process of a program, so that
// there most of them are what the process before left.
#include <algorithm>

#include "kernel/mm/address_space.h"

namespace occlum::kernel {

namespace {

void add_range(std::vector<PageRange>& ranges, PageRange range) {
    if (!ranges.empty() && ranges.back().end == range.first)
        ranges.back().end = range.end;
    else
        ranges.push_back(range);
}

}  // namespace

Result<void> AddressSpace::settle() {
    TRY(settle_range({0, PageTable::kPages}));
    settled_ = true;
    return {};
}

/// Guest code of this space does not run.
Result<void> AddressSpace::settle_range(PageRange range) {
    PageTable& pages = domain_->pages();
    std::vector<PageRange> closed;
    for (u64 page = range.first; (page = pages.next_committed(page, range.end)) < range.end;) {
        const u64 end = pages.run_end(page, range.end);
        if (!(pages.state(page) & kPageLive)) TRY(settle_run({page, end}, closed));
        page = end;
    }
    for (const PageRange stale : closed) TRY(domain_->set_hardware(stale, enclave::kProtNone));
    return {};
}

/// Stale pages of equal state. Those that a writable mapping without a file may well touch are zeroed and
/// used; what is no file's either is to be closed.
Result<void> AddressSpace::settle_run(PageRange run, std::vector<PageRange>& closed) {
    for (u64 first = run.first; first < run.end;) {
        Vma* const vma = vmas_.find(first * kPageSize);
        const auto above = vmas_.after(first * kPageSize);
        const u64 edge = vma ? vma->end : above != vmas_.end() ? above->start : run.end * kPageSize;
        const PageRange part{first, std::min(run.end, edge / kPageSize)};
        if (vma && !vma->file && !vma->shared && vma->writable() && will_be_touched(part)) {
            TRY(make_zero(part));
        } else if (vma && vma->file) {
            TRY(settle_file_run(*vma, part, closed));
        } else {
            add_range(closed, part);
        }
        first = part.end;
    }
    return {};
}

/// The process before this one could write there at its end; or, later, it is not much that it left there.
bool AddressSpace::will_be_touched(PageRange part) const {
    constexpr u64 kMostPages = 16;
    const u8 state = domain_->pages().state(part.first);
    return settled_ ? part.count() <= kMostPages : hardware_of(state) == enclave::kProtReadWrite;
}

Result<void> AddressSpace::make_zero(PageRange part) {
    PageTable& pages = domain_->pages();
    TRY(domain_->set_hardware(part, enclave::kProtReadWrite));
    domain_->zero(part);
    for (u64 page = part.first; page < part.end; ++page)
        pages.set_state(page, static_cast<u8>(pages.state(page) | kPageLive));
    return {};
}

/// What holds the file's bytes already is used. Pages of writable mappings are filled now, again because they
/// will be wanted: a call of the host each, and no faults.
Result<void> AddressSpace::settle_file_run(Vma& vma, PageRange run, std::vector<PageRange>& closed) {
    const bool fills = vma.writable() && !vma.executable();
    if (fills) mark_modified(vma);
    for (u64 first = run.first; first < run.end;) {
        const bool same = holds_file_page(vma, first);
        u64 end = first + 1;
        while (end < run.end && holds_file_page(vma, end) == same) ++end;
        const PageRange part{first, end};
        const bool used = (same || (fills && can_fill(vma, part))) && bring_in_stale(vma, part);
        if (!used) add_range(closed, part);
        first = end;
    }
    return {};
}

/// Without waiting for the host, and in a moment.
bool AddressSpace::can_fill(const Vma& vma, PageRange part) const {
    constexpr u64 kMostPages = 256;
    const u64 first = vma.offset_of(part.first * kPageSize), end = first + part.count() * kPageSize;
    return part.count() <= kMostPages && end <= page_up(vma.file->size()) && vma.file->holds(first, end);
}

}  // namespace occlum::kernel
