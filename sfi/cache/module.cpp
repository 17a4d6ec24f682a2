#include "sfi/cache/module.h"

#include "sfi/cache/archive.h"

namespace occlum::sfi {
namespace {

constexpr size_t kFirstSize = 64;

}  // namespace

const Archive* Module::archive() const {
    const Archive* const archive = permanent_ ? bytes_->archive() : nullptr;
    return archive && archive->serves(key_.start, key_.size, key_.offset, key_.paired) ? archive : nullptr;
}

size_t Module::home(u32 guest) const { return (guest * u64{0x9e3779b97f4a7c15} >> 32) & (slots_.size() - 1); }

// The slot that holds `guest`, or the free one where it would go.
size_t Module::probe(u32 guest) const {
    size_t at = home(guest);
    while (slots_[at].body != 0 && slots_[at].guest != guest) at = (at + 1) & (slots_.size() - 1);
    return at;
}

bool Module::may_know(u32 guest) const {
    if (slots_.empty() || !key_.contains(guest)) return false;
    if (!permanent_) return true;
    const size_t bit = granule(guest);
    return (granules_[bit / 64] >> (bit % 64)) & 1;
}

const CodeEntry* Module::find(u32 guest) const {
    if (!may_know(guest)) return nullptr;
    const CodeEntry& slot = slots_[probe(guest)];
    return slot.body == 0 ? nullptr : &slot;
}

std::optional<u32> Module::body_of(GuestAddr guest) const {
    if (guest.value > ~u32{0}) return {};
    const CodeEntry* entry = find(static_cast<u32>(guest.value));
    if (!entry) return {};
    return entry->body;
}

std::optional<u32> Module::landing_of(GuestAddr guest) const {
    if (guest.value > ~u32{0}) return {};
    const CodeEntry* entry = find(static_cast<u32>(guest.value));
    if (!entry || entry->landing == translator::kNoLanding) return {};
    return entry->landing;
}

void Module::grow() {
    std::vector<CodeEntry> old(std::max(kFirstSize, slots_.size() * 2));
    old.swap(slots_);
    for (const CodeEntry& entry : old) {
        if (entry.body != 0) slots_[probe(entry.guest)] = entry;
    }
}

void Module::add(const CodeEntry& entry) {
    if (!key_.contains(entry.guest)) return;
    if (permanent_) {
        if (granules_.empty()) granules_.resize(key_.size / kGranule / 64 + 1);
        const size_t bit = granule(entry.guest);
        granules_[bit / 64] |= u64{1} << (bit % 64);
    }
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    CodeEntry& slot = slots_[probe(entry.guest)];
    if (slot.body == 0) {
        slot = entry;
        ++used_;
    } else if (slot.landing == translator::kNoLanding) {
        slot.landing = entry.landing;
    }
}

// What follows without a gap moves up, so that each entry stays reachable from its home.
void Module::erase(u32 guest) {
    if (!find(guest)) return;
    const size_t mask = slots_.size() - 1;
    size_t hole = probe(guest);
    for (size_t at = (hole + 1) & mask; slots_[at].body != 0; at = (at + 1) & mask) {
        const size_t distance = (at - home(slots_[at].guest)) & mask;
        if (distance < ((at - hole) & mask)) continue;
        slots_[hole] = slots_[at];
        hole = at;
    }
    slots_[hole] = CodeEntry{};
    --used_;
}

void Module::erase_landing(u32 guest) {
    if (find(guest)) slots_[probe(guest)].landing = translator::kNoLanding;
}

void Module::forget_all() {
    slots_.clear();
    granules_.clear();
    pages_.clear();
    used_ = 0;
}

}  // namespace occlum::sfi
