#include "storage/block_cache.h"

#include "storage/block_tree.h"

namespace occlum::storage {

void BlockCache::add(CachedBlock& block) {
    if (block.listed_) return;
    block.place_ = blocks_.insert(blocks_.end(), &block);
    block.listed_ = true;
    block.recently_used_ = true;  // or it would be the one to go
    shrink();
}

void BlockCache::remove(CachedBlock& block) {
    if (!block.listed_) return;
    blocks_.erase(block.place_);
    block.listed_ = false;
}

void BlockCache::shrink() {
    while (blocks_.size() > limit_) {
        CachedBlock& oldest = *blocks_.front();
        if (oldest.recently_used_) {
            oldest.recently_used_ = false;
            blocks_.splice(blocks_.end(), blocks_, blocks_.begin());
            continue;
        }
        remove(oldest);
        oldest.owner_->forget(oldest);
    }
}

}  // namespace occlum::storage
