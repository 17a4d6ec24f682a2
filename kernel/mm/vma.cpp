#include "kernel/mm/vma.h"

#include <algorithm>

#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {

bool Vma::continues_in(const Vma& next) const {
    const bool backed = file || shared;
    return end == next.start && protection == next.protection && max_protection == next.max_protection &&
           kind == next.kind && grows_down == next.grows_down && modified == next.modified &&
           dont_fork == next.dont_fork && wipe_on_fork == next.wipe_on_fork && locked == next.locked &&
           file == next.file && shared == next.shared && name == next.name &&
           code_identity == next.code_identity && (!backed || offset + size() == next.offset);
}

size_t VmaList::index_after(u64 address) const {
    const auto found = std::ranges::upper_bound(vmas_, address, {}, &Vma::end);
    return static_cast<size_t>(found - vmas_.begin());
}

const Vma* VmaList::find(u64 address) const {
    const size_t index = index_after(address);
    return index < vmas_.size() && vmas_[index].start <= address ? &vmas_[index] : nullptr;
}

Vma* VmaList::find(u64 address) {
    const size_t index = index_after(address);
    return index < vmas_.size() && vmas_[index].start <= address ? &vmas_[index] : nullptr;
}

bool VmaList::overlaps(u64 start, u64 end) const {
    const size_t index = index_after(start);
    return index < vmas_.size() && vmas_[index].start < end;
}

bool VmaList::covers(u64 start, u64 end) const {
    for (size_t i = index_after(start); start < end; ++i) {
        if (i == vmas_.size() || vmas_[i].start > start) return false;
        start = vmas_[i].end;
    }
    return true;
}

void VmaList::insert(Vma vma) {
    const u64 start = vma.start, end = vma.end;
    total_ += vma.size();
    vmas_.insert(vmas_.begin() + static_cast<std::ptrdiff_t>(index_after(start)), std::move(vma));
    merge(start, end);
}

std::vector<Vma> VmaList::remove(u64 start, u64 end) {
    split(start);
    split(end);
    const auto first = vmas_.begin() + static_cast<std::ptrdiff_t>(index_after(start));
    const auto last =
        std::ranges::find_if(first, vmas_.end(), [&](const Vma& vma) { return vma.start >= end; });
    std::vector<Vma> removed{std::move_iterator(first), std::move_iterator(last)};
    vmas_.erase(first, last);
    for (const Vma& vma : removed) total_ -= vma.size();
    return removed;
}

void VmaList::split(u64 address) {
    Vma* whole = find(address);
    if (!whole || whole->start == address) return;
    Vma upper = *whole;
    upper.offset = whole->offset_of(address);
    upper.start = address;
    whole->end = address;
    vmas_.insert(vmas_.begin() + static_cast<std::ptrdiff_t>(index_after(address)), std::move(upper));
}

// What continues the one kept last joins it; the places that become free are closed in one go.
void VmaList::merge(u64 start, u64 end) {
    if (vmas_.empty()) return;
    size_t kept = index_after(start);
    if (kept > 0) --kept;
    size_t next = kept + 1;
    for (; next < vmas_.size() && vmas_[kept].start <= end; ++next) {
        if (vmas_[kept].continues_in(vmas_[next]))
            vmas_[kept].end = vmas_[next].end;
        else if (++kept != next)
            vmas_[kept] = std::move(vmas_[next]);
    }
    const auto at = [this](size_t n) { return vmas_.begin() + static_cast<std::ptrdiff_t>(n); };
    vmas_.erase(at(kept + 1), at(next));
}

std::optional<u64> VmaList::highest_gap(u64 low, u64 high, u64 size) const {
    u64 ceiling = high;
    for (size_t i = index_after(high - 1); ceiling > low;) {
        // vmas_[i] is the first that ends above the ceiling, or starts at it; below it the hole ends.
        if (i < vmas_.size() && vmas_[i].start < ceiling) ceiling = vmas_[i].start;
        const u64 floor = i > 0 ? std::max(low, vmas_[i - 1].end) : low;
        if (ceiling > floor && ceiling - floor >= size) return ceiling - size;
        if (i == 0) break;
        ceiling = vmas_[--i].start;
    }
    return std::nullopt;
}

void VmaList::move_start(Vma& vma, u64 start) {
    total_ += vma.start - start;
    vma.offset -= vma.start - start;
    vma.start = start;
}

void VmaList::move_end(Vma& vma, u64 end) {
    total_ += end - vma.end;
    vma.end = end;
}

}  // namespace occlum::kernel
