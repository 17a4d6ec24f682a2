// The clean pages of all files, in the order of their use. Bounded.
#pragma once

#include <list>

#include "kernel/fs/memory/file_data.h"

namespace occlum::kernel {

class PageCache {
public:
    static PageCache& get();
    void add(FileData& owner, u64 index, Page& page);
    void remove(Page& page);
    size_t size() const { return pages_.size(); }
    static constexpr size_t kLimit = (u64{256} << 20) / kPageSize;

private:
    void shrink();
    std::list<Page*> pages_;
};

}  // namespace occlum::kernel
