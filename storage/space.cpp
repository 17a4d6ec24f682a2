#include "storage/space.h"

#include <bit>

#include "storage/superblock.h"
#include "storage/wire.h"

namespace occlum::storage {
namespace {
constexpr u64 kWordsPerPage = Space::kBitsPerPage / 64;
}

Space::Space(u64 capacity) : capacity_(capacity) {
    // Whole pages; what lies behind the end is never free.
    current_.resize(pages() * kWordsPerPage);
    for (u64 block = capacity_; block < current_.size() * 64; ++block)
        current_[block / 64] |= u64{1} << block % 64;
    pending_ = committed_ = current_;
    for (u64 block = 0; block < Superblock::kSlots; ++block) current_[block / 64] |= u64{1} << block % 64;
    changed_.insert(0);
    count_all();
}

void Space::count_all() {
    u64 behind = current_.size() * 64 - capacity_;
    used_ = blocked_ = 0;
    for (size_t i = 0; i < current_.size(); ++i) {
        used_ += static_cast<u64>(std::popcount(current_[i]));
        blocked_ += static_cast<u64>(std::popcount(current_[i] | pending_[i] | committed_[i]));
    }
    used_ -= behind;
    blocked_ -= behind;
}

Result<u64> Space::allocate() {
    if (blocked_ == capacity_) return err(Errno::Enospc);
    size_t words = current_.size();
    size_t first = next_ / 64;
    for (size_t i = 0; i <= words; ++i) {
        size_t at = (first + i) % words;
        u64 taken = current_[at] | pending_[at] | committed_[at];
        if (i == 0) taken |= (u64{1} << next_ % 64) - 1;
        if (~taken == 0) continue;
        u64 block = at * 64 + static_cast<u64>(std::countr_one(taken));
        current_[at] |= u64{1} << block % 64;
        changed_.insert(block / kBitsPerPage);
        ++used_;
        ++blocked_;
        next_ = block + 1 < capacity_ ? block + 1 : 0;
        return block;
    }
    return err(Errno::Enospc);
}

void Space::release(u64 block) {
    if (block < Superblock::kSlots || block >= capacity_ || !in_use(block)) return;
    current_[block / 64] &= ~(u64{1} << block % 64);
    changed_.insert(block / kBitsPerPage);
    --used_;
    if (is_fresh(block)) --blocked_;
}

void Space::save(u64 page, Block& out) const {
    for (size_t i = 0; i < kWordsPerPage; ++i)
        store(std::span(out), i * 8, current_[page * kWordsPerPage + i]);
}

void Space::load_page(u64 page, const Block& from) {
    for (size_t i = 0; i < kWordsPerPage; ++i) {
        u64 behind = page * kBitsPerPage + i * 64 >= capacity_ ? ~u64{0} : 0;
        current_[page * kWordsPerPage + i] |= load<u64>(std::span<const u8>(from), i * 8) | behind;
    }
}

void Space::loaded() {
    pending_ = committed_ = current_;
    changed_.clear();
    count_all();
}

void Space::prepare() {
    for (u64 page : changed_)
        for (u64 i = page * kWordsPerPage; i < (page + 1) * kWordsPerPage; ++i) pending_[i] = current_[i];
    prepared_ = std::exchange(changed_, {});
}

void Space::commit() {
    for (u64 page : prepared_)
        for (u64 i = page * kWordsPerPage; i < (page + 1) * kWordsPerPage; ++i) {
            blocked_ -= static_cast<u64>(std::popcount(current_[i] | pending_[i] | committed_[i]));
            committed_[i] = pending_[i];
            blocked_ += static_cast<u64>(std::popcount(current_[i] | committed_[i]));
        }
    prepared_.clear();
    // Stay near the front while the image is mostly empty, so that the store does not grow without need.
    if (next_ > 2 * used_ + kBitsPerPage) next_ = 0;
}

}  // namespace occlum::storage
