#include "kernel/mm/vma.h"

#include <algorithm>
#include <iterator>

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

namespace {

auto at(std::vector<Vma>& vmas, size_t index) { return vmas.begin() + static_cast<std::ptrdiff_t>(index); }

}  // namespace

VmaList::Place VmaList::place_after(u64 address) const {
    const auto chunk = std::ranges::upper_bound(chunks_, address, {}, &Chunk::end);
    const auto number = static_cast<size_t>(chunk - chunks_.begin());
    if (chunk == chunks_.end()) return {number, 0};
    const auto vma = std::ranges::upper_bound(chunk->vmas, address, {}, &Vma::end);
    return {number, static_cast<size_t>(vma - chunk->vmas.begin())};
}

const Vma* VmaList::find(u64 address) const {
    const Place at = place_after(address);
    return at.chunk < chunks_.size() && vma(at).start <= address ? &vma(at) : nullptr;
}

Vma* VmaList::find(u64 address) {
    const Place at = place_after(address);
    return at.chunk < chunks_.size() && vma(at).start <= address ? &vma(at) : nullptr;
}

u64 VmaList::end_before(Iterator at) const { return at.at_ == Place{0, 0} ? 0 : vma(previous(at.at_)).end; }

bool VmaList::overlaps(u64 start, u64 end) const {
    const Iterator first = after(start);
    return first != this->end() && first->start < end;
}

bool VmaList::covers(u64 start, u64 end) const {
    for (Iterator at = after(start); start < end; ++at) {
        if (at == this->end() || at->start > start) return false;
        start = at->end;
    }
    return true;
}

void VmaList::measure(size_t first, size_t end) {
    for (size_t n = first; n <= end && n < chunks_.size(); ++n) {
        Chunk& chunk = chunks_[n];
        u64 below = n > 0 ? chunks_[n - 1].end : 0;
        chunk.largest_gap = 0;
        for (const Vma& vma : chunk.vmas) {
            chunk.largest_gap = std::max(chunk.largest_gap, vma.start - below);
            below = vma.end;
        }
        chunk.end = below;
    }
}

// A full chunk becomes two.
void VmaList::put(Place place, Vma vma) {
    if (place.chunk == chunks_.size()) {
        if (chunks_.empty()) chunks_.emplace_back();
        place = {chunks_.size() - 1, chunks_.back().vmas.size()};
    }
    std::vector<Vma>& vmas = chunks_[place.chunk].vmas;
    vmas.insert(at(vmas, place.index), std::move(vma));
    ++count_;
    size_t last = place.chunk;
    if (vmas.size() > kMostInChunk) {
        Chunk upper;
        const auto middle = at(vmas, vmas.size() / 2);
        upper.vmas.reserve(kMostInChunk + 1);
        upper.vmas.assign(std::move_iterator(middle), std::move_iterator(vmas.end()));
        vmas.erase(middle, vmas.end());
        ++last;
        chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(last), std::move(upper));
    }
    measure(place.chunk, last + 1);
}

void VmaList::insert(Vma vma) {
    const u64 start = vma.start, end = vma.end;
    total_ += vma.size();
    if (vma.locked) locked_ += vma.size();
    put(place_after(start), std::move(vma));
    join(start, end);
}

std::vector<Vma> VmaList::remove(u64 start, u64 end) {
    split(start);
    split(end);
    const Place first = place_after(start);
    std::vector<Vma> removed;
    size_t chunk = first.chunk;
    for (size_t from = first.index; chunk < chunks_.size() && chunks_[chunk].vmas[from].start < end;
         from = 0) {
        std::vector<Vma>& vmas = chunks_[chunk++].vmas;
        const auto begin = at(vmas, from);
        const auto last = std::ranges::lower_bound(begin, vmas.end(), end, {}, &Vma::start);
        std::ranges::move(begin, last, std::back_inserter(removed));
        vmas.erase(begin, last);
        if (from < vmas.size()) break;
    }
    count_ -= removed.size();
    for (const Vma& vma : removed) {
        total_ -= vma.size();
        if (vma.locked) locked_ -= vma.size();
    }
    tidy(first.chunk, chunk);
    return removed;
}

void VmaList::split(u64 address) {
    Vma* whole = find(address);
    if (!whole || whole->start == address) return;
    Vma upper = *whole;
    upper.offset = whole->offset_of(address);
    upper.start = address;
    whole->end = address;
    put(place_after(address), std::move(upper));
}

// What continues the last one kept joins it; the places that become free are closed chunk by chunk.
void VmaList::join(u64 start, u64 end) {
    Place first = place_after(start);
    if (first.chunk == chunks_.size()) return;
    if (first != Place{0, 0}) first = previous(first);
    Vma* last = &vma(first);
    size_t chunk = first.chunk, from = first.index + 1;
    for (; chunk < chunks_.size() && last->start <= end; ++chunk, from = 0) {
        std::vector<Vma>& vmas = chunks_[chunk].vmas;
        size_t kept = from, looked = from;
        for (; looked < vmas.size() && last->start <= end; ++looked) {
            if (last->continues_in(vmas[looked])) {
                last->end = vmas[looked].end;
                continue;
            }
            if (kept != looked) vmas[kept] = std::move(vmas[looked]);
            last = &vmas[kept++];
        }
        count_ -= looked - kept;
        vmas.erase(at(vmas, kept), at(vmas, looked));
    }
    tidy(first.chunk, chunk);
}

void VmaList::tidy(size_t first, size_t end) {
    size_t kept = first;
    for (size_t next = first; next < end; ++next) {
        std::vector<Vma>& vmas = chunks_[next].vmas;
        if (vmas.empty()) continue;
        if (kept > 0 && chunks_[kept - 1].vmas.size() + vmas.size() <= kMostInChunk / 2) {
            std::ranges::move(vmas, std::back_inserter(chunks_[kept - 1].vmas));
            continue;
        }
        if (kept != next) chunks_[kept] = std::move(chunks_[next]);
        ++kept;
    }
    const auto place = [&](size_t n) { return chunks_.begin() + static_cast<std::ptrdiff_t>(n); };
    chunks_.erase(place(kept), place(end));
    measure(first > 0 ? first - 1 : 0, kept);
}

std::optional<u64> VmaList::highest_gap(u64 low, u64 high, u64 size) const {
    u64 ceiling = high;
    for (Place at = place_after(high - 1); ceiling > low; at = previous(at)) {
        // Nothing fits before any vma of a chunk that is entered from above.
        const bool whole = at.chunk < chunks_.size() && at.index + 1 == chunks_[at.chunk].vmas.size();
        if (whole && chunks_[at.chunk].largest_gap < size) at.index = 0;
        // It is the first that ends above the ceiling, or starts at it; below it the hole ends.
        if (at.chunk < chunks_.size()) ceiling = std::min(ceiling, vma(at).start);
        const bool lowest = at == Place{0, 0};
        const u64 floor = lowest ? low : std::max(low, vma(previous(at)).end);
        if (ceiling > floor && ceiling - floor >= size) return ceiling - size;
        if (lowest) break;
    }
    return std::nullopt;
}

void VmaList::move_start(Vma& vma, u64 start) {
    const size_t chunk = place_after(vma.start).chunk;
    total_ += vma.start - start;
    if (vma.locked) locked_ += vma.start - start;
    vma.offset -= vma.start - start;
    vma.start = start;
    measure(chunk, chunk + 1);
}

void VmaList::move_end(Vma& vma, u64 end) {
    const size_t chunk = place_after(vma.start).chunk;
    total_ += end - vma.end;
    if (vma.locked) locked_ += end - vma.end;
    vma.end = end;
    measure(chunk, chunk + 1);
}

}  // namespace occlum::kernel
