#include "storage/block_cache.h"

#include "storage/block_tree.h"

namespace occlum::storage {

void BlockCache::append(CachedBlock& block) {
    block.before_ = newest_;
    (newest_ != nullptr ? newest_->behind_ : oldest_) = &block;
    newest_ = &block;
}

void BlockCache::unlink(CachedBlock& block) {
    (block.before_ != nullptr ? block.before_->behind_ : oldest_) = block.behind_;
    (block.behind_ != nullptr ? block.behind_->before_ : newest_) = block.before_;
    block.before_ = block.behind_ = nullptr;
}

void BlockCache::add(CachedBlock& block) {
    if (block.listed_) return;
    append(block);
    ++size_;
    block.listed_ = true;
    block.recently_used_ = true;  // or it would be the one to go
    shrink();
}

void BlockCache::remove(CachedBlock& block) {
    if (!block.listed_) return;
    unlink(block);
    --size_;
    block.listed_ = false;
}

void BlockCache::shrink() {
    while (size_ > limit_) {
        CachedBlock& oldest = *oldest_;
        if (oldest.recently_used_) {
            oldest.recently_used_ = false;
            unlink(oldest);
            append(oldest);
            continue;
        }
        remove(oldest);
        oldest.owner_->forget(oldest);
    }
}

}  // namespace occlum::storage
