#include "sfi/cache/module.h"

namespace occlum::sfi {
namespace {

constexpr size_t kFirstSize = 64;

}  // namespace

// The slot that holds `guest`, or the free one where it would go.
size_t Module::probe(u32 guest) const {
    const size_t mask = slots_.size() - 1;
    size_t at = (guest * u64{0x9e3779b97f4a7c15} >> 32) & mask;
    while (slots_[at].unit != kFree && slots_[at].guest != guest) at = (at + 1) & mask;
    return at;
}

bool Module::may_know(u32 guest) const {
    if (slots_.empty() || !key_.contains(guest)) return false;
    const size_t bit = granule(guest);
    return (granules_[bit / 64] >> (bit % 64)) & 1;
}

const CodeEntry* Module::find(u32 guest) const {
    if (!may_know(guest)) return nullptr;
    const CodeEntry& slot = slots_[probe(guest)];
    return slot.unit == kFree ? nullptr : &slot;
}

std::optional<u32> Module::body_of(GuestAddr guest) const {
    if (guest.value > ~u32{0}) return {};
    const CodeEntry* entry = find(static_cast<u32>(guest.value));
    if (!entry) return {};
    return entry->body;
}

void Module::grow() {
    std::vector<CodeEntry> old(std::max(kFirstSize, slots_.size() * 2), CodeEntry{0, 0, 0, kFree});
    old.swap(slots_);
    for (const CodeEntry& entry : old) {
        if (entry.unit != kFree) slots_[probe(entry.guest)] = entry;
    }
}

void Module::add(const CodeEntry& entry) {
    if (!key_.contains(entry.guest)) return;
    if (granules_.empty()) granules_.resize(key_.size / kGranule / 64 + 1);
    const size_t bit = granule(entry.guest);
    granules_[bit / 64] |= u64{1} << (bit % 64);
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    CodeEntry& slot = slots_[probe(entry.guest)];
    if (slot.unit == kFree) {
        slot = entry;
        ++used_;
    } else if (slot.landing == translator::kNoLanding) {
        slot.landing = entry.landing;
    }
}

void Module::covered(u64 start, u64 end) {
    if (!ranges_.empty() && ranges_.back().end == start)
        ranges_.back().end = end;
    else
        ranges_.push_back({start, end});
}

bool Module::covers(u64 start, u64 end) const {
    for (const Range& range : ranges_) {
        if (start < range.end && range.start < end) return true;
    }
    return false;
}

void Module::forget_all() {
    slots_.clear();
    granules_.clear();
    ranges_.clear();
    used_ = 0;
}

}  // namespace occlum::sfi
