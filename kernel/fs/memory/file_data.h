// The contents of one file as pages. Dirty pages exist only here and are charged to a budget. Clean ones are
// copies of a source (a host file): the page cache lets the least used of them go. An absent page is read
// from the source, or a hole.
//
//   FileData ──Ref──> Page <── clean list of the page cache (no ownership)
//
// Copies to and from guests may fault and come back here for the same file, so a page is held while it is
// copied.
#pragma once

#include <array>
#include <list>
#include <map>
#include <memory>

#include "base/ref.h"
#include "kernel/fs/memory/budget.h"
#include "kernel/fs/page_source.h"
#include "kernel/mm/user_memory.h"

namespace occlum::kernel {

class FileData;

class Page : public RefCounted {
public:
    explicit Page(bool zeroed)
        : bytes_(zeroed ? std::make_unique<Bytes>() : std::make_unique_for_overwrite<Bytes>()) {}
    std::span<u8> bytes() { return *bytes_; }

private:
    friend class FileData;
    friend class PageCache;
    using Bytes = std::array<u8, kPageSize>;
    std::unique_ptr<Bytes> bytes_;
    // Of clean pages: the owner, to be told when the page goes.
    FileData* owner_ = nullptr;
    u64 index_ = 0;
    bool recently_used_ = false;
    bool dirty_ = false;
    std::list<Page*>::iterator place_;
};

class FileData {
public:
    /// `source`: may be null; what it holds ends at `source_size`.
    FileData(MemoryBudget& budget, RefPtr<PageSource> source, u64 source_size)
        : budget_(budget), source_(std::move(source)), source_size_(source_size) {}
    ~FileData();
    FileData(const FileData&) = delete;
    FileData& operator=(const FileData&) = delete;
    PageSource* source() const { return source_.get(); }

    /// Fills the buffer from `offset`; the caller has cut it at the end of file. A short count follows a
    /// fault behind the first byte.
    Result<size_t> read(u64 offset, const UserBuffer& to);
    /// Fills `out` from `offset`, likewise, and adds no clean page to the cache for it. Others may go on
    /// meanwhile, where the caller allows it (long_call.h); the caller holds the file.
    Result<void> read_uncached(u64 offset, std::span<u8> out);
    Result<size_t> write(u64 offset, const UserBuffer& from);
    /// Reads what is absent of a part (its first 8 MiB) from the source, so that what follows finds it.
    /// Others may go on meanwhile; the caller holds the file. Failures show when the bytes are used.
    void prefetch(u64 offset, u64 size);
    /// Forgets all behind `size`, also in the last page.
    Result<void> truncate(u64 size);
    Result<void> punch(u64 first, u64 end);
    /// Makes dirty pages of all in the range.
    Result<void> populate(u64 first, u64 end);
    /// The first offset ≥ `offset` with data (or without, `hole`), below `end`; `end` when there is none.
    u64 find(u64 offset, u64 end, bool hole) const;
    u64 page_count() const { return dirty_; }
    u64 source_size() const { return source_size_; }
    /// After a write went through to the source: clean copies follow it.
    void update_clean(u64 offset, std::span<const u8> bytes);
    void source_resized(u64 size);
    /// Another number whenever the contents have changed, but for clean pages that come and go.
    u64 changes() const { return changes_; }
    void drop_clean();

private:
    friend class PageCache;
    static constexpr u64 kChunkPages = 16;
    using Chunk = std::array<RefPtr<Page>, kChunkPages>;

    RefPtr<Page> find_page(u64 index) const;
    Result<RefPtr<Page>> page_for_read(u64 index);
    Result<RefPtr<Page>> page_for_write(u64 index, bool whole);
    Result<RefPtr<Page>> load(u64 index);
    // Absent pages from `index` on, up to the end of its chunk.
    u64 absent_from(u64 index) const;
    size_t source_bytes(u64 index, u64 count) const;
    void add_clean(u64 index, std::span<const u8> bytes);
    void put(u64 index, Ref<Page> page);
    void erase(u64 index);
    bool in_source(u64 index) const { return source_ && index < page_up(source_size_) / kPageSize; }

    MemoryBudget& budget_;
    RefPtr<PageSource> source_;
    u64 source_size_;
    std::map<u64, Chunk> chunks_;
    u64 dirty_ = 0;
    u64 changes_ = 0;  // what the source gave before one of these may be out of date
};

}  // namespace occlum::kernel
