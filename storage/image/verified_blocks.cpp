#include "storage/image/verified_blocks.h"

#include <algorithm>
#include <vector>

namespace occlum::storage::image {

namespace {

// Read in one go, checked one by one.
constexpr u64 kAhead = 16;

}  // namespace

Result<std::unique_ptr<VerifiedBlocks>> VerifiedBlocks::make(ImageSource& source, const Identity& identity,
                                                             std::optional<ImageCipher> cipher,
                                                             size_t limit) {
    if (identity.blocks < 2 || identity.blocks > kMostBlocks || limit <= kAhead) return err(Errno::Einval);
    return std::unique_ptr<VerifiedBlocks>(new VerifiedBlocks(source, identity, std::move(cipher), limit));
}

VerifiedBlocks::VerifiedBlocks(ImageSource& source, const Identity& identity,
                               std::optional<ImageCipher> cipher, size_t limit)
    : source_(source), identity_(identity), cipher_(std::move(cipher)), limit_(limit) {
    std::vector<u64> counts;
    for (u64 below = identity.blocks; below > 1; below = counts.back())
        counts.push_back((below + kDigestsInBlock - 1) / kDigestsInBlock);
    // The top comes first in the file, behind the superblock of the tree.
    levels_.resize(counts.size());
    u64 at = identity.blocks + 1;
    for (size_t level = counts.size(); level-- > 0;) {
        levels_[level] = at;
        at += counts[level];
    }
}

RefPtr<VerifiedBlock> VerifiedBlocks::find(u64 place) {
    auto found = blocks_.find(place);
    if (found == blocks_.end()) return nullptr;
    used_.splice(used_.end(), used_, found->second->place_);
    return RefPtr<VerifiedBlock>(found->second);
}

void VerifiedBlocks::add(u64 place, Ref<VerifiedBlock> block) {
    if (blocks_.size() >= limit_) remove(used_.front());
    block->place_ = used_.insert(used_.end(), place);
    blocks_.insert_or_assign(place, std::move(block));
}

void VerifiedBlocks::remove(u64 place) {
    auto found = blocks_.find(place);
    used_.erase(found->second->place_);
    blocks_.erase(found);
}

// Brings in `place` and some that follow it and are not here yet, up to `end`.
Result<void> VerifiedBlocks::fetch(u64 place, u64 end) {
    u64 count = 1;
    while (count < kAhead && place + count < end && !blocks_.contains(place + count)) ++count;
    std::vector<u8> bytes(count * kBlock);
    if (auto got = source_.read(place, bytes); !got)
        return err(got.error() == Errno::Eagain ? Errno::Eagain : Errno::Eio);
    for (u64 i = count; i-- > 0;) {
        auto block = make_ref<VerifiedBlock>();
        std::ranges::copy(std::span(bytes).subspan(i * kBlock, kBlock), block->bytes.begin());
        add(place + i, block);
    }
    return {};
}

// A block that is not checked yet because others are not here (EAGAIN) stays, and is checked at the next use.
void VerifiedBlocks::drop_refuted(u64 place, Errno why) {
    if (why != Errno::Eagain && blocks_.contains(place)) remove(place);
}

Result<void> VerifiedBlocks::check(const VerifiedBlock& block, size_t level, u64 index) {
    const crypto::Digest digest = crypto::sha256(block.bytes);
    if (level == levels_.size()) {
        if (!std::ranges::equal(digest, identity_.root)) return err(Errno::Eio);
        return {};
    }
    Ref<VerifiedBlock> above = TRY(hashes(level, index / kDigestsInBlock));
    const auto expected = std::span(above->bytes).subspan(index % kDigestsInBlock * kDigest, kDigest);
    if (!std::ranges::equal(digest, expected)) return err(Errno::Eio);
    return {};
}

// The hash block `index` of a level; recursion ends at the top, at most five levels up.
Result<Ref<VerifiedBlock>> VerifiedBlocks::hashes(size_t level, u64 index) {
    const u64 place = levels_[level] + index;
    RefPtr<VerifiedBlock> block = find(place);
    if (block && block->verified_) return Ref<VerifiedBlock>(*block);
    if (!block) {
        TRY(fetch(place, place + 1));
        block = find(place);
    }
    if (Result<void> good = check(*block, level + 1, index); !good) {
        drop_refuted(place, good.error());
        return err(good.error());
    }
    block->verified_ = true;
    return Ref<VerifiedBlock>(*block);
}

Result<Ref<VerifiedBlock>> VerifiedBlocks::get(u64 number) {
    if (number >= identity_.blocks) return err(Errno::Eio);
    RefPtr<VerifiedBlock> block = find(number);
    if (!block) {
        TRY(fetch(number, identity_.blocks));
        block = find(number);
    }
    if (block->verified_) return Ref<VerifiedBlock>(*block);
    if (Result<void> good = check(*block, 0, number); !good) {
        drop_refuted(number, good.error());
        return err(good.error());
    }
    if (cipher_) cipher_->apply(number, block->bytes);
    block->verified_ = true;
    return Ref<VerifiedBlock>(*block);
}

}  // namespace occlum::storage::image
