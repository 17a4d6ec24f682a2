#include "kernel/fs/memory/page_cache.h"

namespace occlum::kernel {

PageCache& PageCache::get() {
    [[clang::no_destroy]] static PageCache cache;
    return cache;
}

void PageCache::add(FileData& owner, u64 index, Page& page) {
    page.owner_ = &owner;
    page.index_ = index;
    page.place_ = pages_.insert(pages_.end(), &page);
    if (pages_.size() > kLimit) shrink();
}

void PageCache::remove(Page& page) {
    if (page.owner_ == nullptr) return;
    page.owner_ = nullptr;
    pages_.erase(page.place_);
}

// Second chance. The newest pages are spared: their reader holds them but has not used them yet.
void PageCache::shrink() {
    constexpr size_t kMostLooks = 256;
    for (size_t looks = 0; looks < kMostLooks && pages_.size() > kLimit; ++looks) {
        Page& oldest = *pages_.front();
        if (oldest.recently_used_) {
            oldest.recently_used_ = false;
            pages_.splice(pages_.end(), pages_, pages_.begin());
            continue;
        }
        FileData* owner = oldest.owner_;
        u64 index = oldest.index_;
        remove(oldest);
        owner->erase(index);
    }
}

}  // namespace occlum::kernel
