#include "kernel/fs/memory/file_data.h"

#include <algorithm>
#include <vector>

#include "kernel/fs/memory/page_cache.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {
namespace {

// The part of a transfer that lies in one page.
struct Piece {
    u64 index;
    size_t start, size;
};
Piece piece_at(u64 offset, size_t left) {
    size_t start = static_cast<size_t>(offset % kPageSize);
    return {.index = offset / kPageSize, .start = start, .size = std::min(left, kPageSize - start)};
}

}  // namespace

FileData::~FileData() {
    for (auto& [key, chunk] : chunks_)
        for (RefPtr<Page>& page : chunk)
            if (page) PageCache::get().remove(*page);
    budget_.release(dirty_ * kPageSize);
}

RefPtr<Page> FileData::find_page(u64 index) const {
    auto found = chunks_.find(index / kChunkPages);
    return found == chunks_.end() ? nullptr : found->second[index % kChunkPages];
}

void FileData::put(u64 index, Ref<Page> page) { chunks_[index / kChunkPages][index % kChunkPages] = page; }

void FileData::erase(u64 index) {
    auto found = chunks_.find(index / kChunkPages);
    if (found == chunks_.end()) return;
    RefPtr<Page> page = std::exchange(found->second[index % kChunkPages], nullptr);
    if (page) {
        PageCache::get().remove(*page);
        if (page->dirty_) {
            --dirty_;
            budget_.release(kPageSize);
        }
    }
    if (std::ranges::all_of(found->second, [](const RefPtr<Page>& p) { return !p; })) chunks_.erase(found);
}

u64 FileData::absent_from(u64 index) const {
    u64 end = std::min((index / kChunkPages + 1) * kChunkPages, page_up(source_size_) / kPageSize);
    u64 count = 0;
    while (index + count < end && !find_page(index + count)) ++count;
    return count;
}

size_t FileData::source_bytes(u64 index, u64 count) const {
    return static_cast<size_t>(std::min<u64>(count * kPageSize, source_size_ - index * kPageSize));
}

void FileData::add_clean(u64 index, std::span<const u8> bytes) {
    auto page = make_ref<Page>(false);
    std::ranges::copy(bytes, page->bytes().begin());
    put(index, page);
    PageCache::get().add(*this, index, *page);
}

// Reads the absent pages from `index` to the end of its chunk in one go.
Result<RefPtr<Page>> FileData::load(u64 index) {
    u64 count = absent_from(index);
    std::vector<u8> bytes(count * kPageSize);
    TRY(source_->fill(index * kPageSize, std::span(bytes).first(source_bytes(index, count))));
    RefPtr<Page> wanted;
    for (u64 i = 0; i < count; ++i) {
        add_clean(index + i, std::span(bytes).subspan(i * kPageSize, kPageSize));
        if (i == 0) wanted = find_page(index);
    }
    return wanted;
}

void FileData::prefetch(u64 offset, u64 size) {
    constexpr u64 kMost = 8 << 20;
    if (!source_ || size == 0 || offset >= source_size_) return;
    const Ref<PageSource> source(*source_);
    const u64 end = page_up(std::min(source_size_, offset + std::min(size, kMost))) / kPageSize;
    for (u64 index = offset / kPageSize; index < end;) {
        const u64 count = in_source(index) ? std::min(absent_from(index), end - index) : 0;
        if (count != 0) {
            std::vector<u8> bytes(count * kPageSize);
            const u64 changes = changes_;
            if (!source->fetch(index * kPageSize, std::span(bytes).first(source_bytes(index, count)))) return;
            if (changes_ != changes) return;
            for (u64 i = 0; i < count; ++i)
                if (!find_page(index + i))
                    add_clean(index + i, std::span(bytes).subspan(i * kPageSize, kPageSize));
        }
        index += std::max<u64>(count, 1);
    }
}

Result<void> FileData::read_uncached(u64 offset, std::span<u8> out) {
    const RefPtr<PageSource> source = source_;
    bool leave = LongCalls::allowed();
    for (size_t done = 0; done < out.size();) {
        const Piece piece = piece_at(offset + done, out.size() - done);
        size_t size = piece.size;
        if (const RefPtr<Page> page = find_page(piece.index)) {
            std::ranges::copy(page->bytes().subspan(piece.start, size), out.subspan(done).begin());
        } else if (!source || offset + done >= source_size_) {
            std::ranges::fill(out.subspan(done, size), u8{0});
        } else {
            const u64 absent = absent_from(piece.index) * kPageSize - piece.start;
            const u64 there = std::min(absent, source_size_ - (offset + done));
            size = static_cast<size_t>(std::min<u64>(there, out.size() - done));
            const std::span<u8> to = out.subspan(done, size);
            const u64 changes = changes_;
            TRY(leave ? source->fetch(offset + done, to) : source->fill(offset + done, to));
            if (changes_ != changes) {  // what came may be neither old nor new
                leave = false;
                continue;
            }
        }
        done += size;
    }
    return {};
}

// Null: a hole.
Result<RefPtr<Page>> FileData::page_for_read(u64 index) {
    RefPtr<Page> page = find_page(index);
    if (!page && in_source(index)) page = TRY(load(index));
    if (page) page->recently_used_ = true;
    return page;
}

// `whole`: the caller overwrites all of it, so its bytes need not be there yet.
Result<RefPtr<Page>> FileData::page_for_write(u64 index, bool whole) {
    RefPtr<Page> page = find_page(index);
    if (page && page->dirty_) return page;
    if (!page && !whole && in_source(index)) page = TRY(load(index));
    TRY(budget_.charge(kPageSize));
    if (page) {
        PageCache::get().remove(*page);
    } else {
        page = RefPtr<Page>(make_ref<Page>(!whole));
        put(index, *page);
    }
    page->dirty_ = true;
    ++dirty_;
    return page;
}

Result<size_t> FileData::read(u64 offset, const UserBuffer& to) {
    size_t done = 0;
    while (done < to.size()) {
        Piece piece = piece_at(offset + done, to.size() - done);
        Result<RefPtr<Page>> page = page_for_read(piece.index);
        Result<void> copied;
        if (!page)
            copied = err(page.error());
        else if (*page)
            copied = to.copy_to(done, (*page)->bytes().subspan(piece.start, piece.size));
        else
            copied = to.fill(done, 0, piece.size);
        if (!copied) {
            if (done == 0) return err(copied.error());
            break;
        }
        done += piece.size;
    }
    return done;
}

Result<size_t> FileData::write(u64 offset, const UserBuffer& from) {
    size_t done = 0;
    while (done < from.size()) {
        Piece piece = piece_at(offset + done, from.size() - done);
        bool fresh = !find_page(piece.index);
        Result<RefPtr<Page>> page = page_for_write(piece.index, piece.size == kPageSize);
        Result<void> copied;
        if (!page) {
            copied = err(page.error());
        } else {
            copied = from.copy_from(done, (*page)->bytes().subspan(piece.start, piece.size));
            // Kernel memory must not show through a page that was not overwritten after all.
            if (!copied && fresh && piece.size == kPageSize) std::ranges::fill((*page)->bytes(), u8{0});
        }
        if (!copied) {
            if (done == 0) return err(copied.error());
            break;
        }
        done += piece.size;
    }
    return done;
}

Result<void> FileData::truncate(u64 size) {
    ++changes_;
    u64 kept = page_up(size) / kPageSize;
    if (size % kPageSize != 0 && (find_page(size / kPageSize) || in_source(size / kPageSize))) {
        RefPtr<Page> last = TRY(page_for_write(size / kPageSize, false));
        std::ranges::fill(last->bytes().subspan(static_cast<size_t>(size % kPageSize)), u8{0});
    }
    source_size_ = std::min(source_size_, size);
    std::vector<u64> gone;
    for (auto chunk = chunks_.lower_bound(kept / kChunkPages); chunk != chunks_.end(); ++chunk)
        for (u64 i = 0; i < kChunkPages; ++i)
            if (u64 index = chunk->first * kChunkPages + i; index >= kept && chunk->second[i])
                gone.push_back(index);
    for (u64 index : gone) erase(index);
    return {};
}

// The cost is that of the pages there are, not of the range: guests punch holes as large as they like.
Result<void> FileData::punch(u64 first, u64 end) {
    ++changes_;
    auto clear = [&](u64 from, u64 to) -> Result<void> {
        u64 index = from / kPageSize;
        if (from == to || (!find_page(index) && !in_source(index))) return {};
        RefPtr<Page> page = TRY(page_for_write(index, false));
        std::ranges::fill(page->bytes().subspan(from % kPageSize, to - from), u8{0});
        return {};
    };
    u64 whole = page_up(first), whole_end = page_down(end);
    if (whole > whole_end) return clear(first, end);
    TRY(clear(first, whole));
    TRY(clear(whole_end, end));
    for (u64 at = whole; at < whole_end && in_source(at / kPageSize); at += kPageSize)
        TRY(clear(at, at + kPageSize));
    std::vector<u64> gone;
    auto chunk = chunks_.lower_bound(whole / kPageSize / kChunkPages);
    for (; chunk != chunks_.end() && chunk->first * kChunkPages * kPageSize < whole_end; ++chunk)
        for (u64 i = 0; i < kChunkPages; ++i) {
            u64 index = chunk->first * kChunkPages + i;
            bool inside = index * kPageSize >= whole && index * kPageSize < whole_end;
            if (inside && chunk->second[i] && !in_source(index)) gone.push_back(index);
        }
    for (u64 index : gone) erase(index);
    return {};
}

Result<void> FileData::populate(u64 first, u64 end) {
    for (u64 index = first / kPageSize; index * kPageSize < end; ++index) TRY(page_for_write(index, false));
    return {};
}

u64 FileData::find(u64 offset, u64 end, bool hole) const {
    while (offset < end) {
        u64 index = offset / kPageSize;
        bool data = in_source(index) || find_page(index);
        if (data != hole) return offset;
        u64 next = (index + 1) * kPageSize;
        if (!data) {
            auto chunk = chunks_.lower_bound(index / kChunkPages);
            if (chunk == chunks_.end()) return end;
            next = std::max(next, chunk->first * kChunkPages * kPageSize);
        }
        offset = next;
    }
    return end;
}

void FileData::update_clean(u64 offset, std::span<const u8> bytes) {
    ++changes_;
    size_t done = 0;
    while (done < bytes.size()) {
        Piece piece = piece_at(offset + done, bytes.size() - done);
        if (RefPtr<Page> page = find_page(piece.index))
            std::ranges::copy(bytes.subspan(done, piece.size), page->bytes().subspan(piece.start).begin());
        done += piece.size;
    }
    source_size_ = std::max(source_size_, offset + bytes.size());
}

void FileData::source_resized(u64 size) {
    ++changes_;
    drop_clean();
    source_size_ = size;
}

void FileData::drop_clean() {
    std::vector<u64> clean;
    for (auto& [key, chunk] : chunks_)
        for (u64 i = 0; i < kChunkPages; ++i)
            if (chunk[i] && !chunk[i]->dirty_) clean.push_back(key * kChunkPages + i);
    for (u64 index : clean) erase(index);
}

}  // namespace occlum::kernel
