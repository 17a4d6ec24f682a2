#include "kernel/mm/file_pages.h"

#include <algorithm>

#include "kernel/mm/domain.h"
#include "kernel/mm/layout.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {

namespace {

/// Files whose pages are kept although nobody maps them, and chunks kept in all.
constexpr size_t kIdleFiles = 64;
constexpr u64 kChunkLimit = 2048;  // 128 MiB

u64 chunks_in_all = 0;

}  // namespace

/// Known contents, most recently used last. An entry holds a reference, so programs that are run again and
/// again are not read again. Mapped files are found even when many others were used since.
class FileRegistry {
public:
    FilePages* find(u64 device, u64 number, u64 version) {
        for (FilePages* pages : all_)
            if (pages->device_ == device && pages->number_ == number && pages->version_ == version)
                return pages;
        return nullptr;
    }
    void use(FilePages& pages) {
        std::erase_if(recent_, [&](const Ref<FilePages>& entry) { return entry.get() == &pages; });
        recent_.push_back(Ref(pages));
        if (recent_.size() > kIdleFiles) recent_.erase(recent_.begin());
        if (chunks_in_all > kChunkLimit) shrink();
    }
    std::optional<u64> place(u64 size) const;
    void add(FilePages& pages) { all_.push_back(&pages); }
    void remove(FilePages& pages) { std::erase(all_, &pages); }

    void shrink() {
        for (FilePages* pages : all_) pages->shrink();
        chunks_in_all = 0;
    }

private:
    std::vector<Ref<FilePages>> recent_;
    std::vector<FilePages*> all_;
};

/// The highest place that is no other file's home.
std::optional<u64> FileRegistry::place(u64 size) const {
    std::map<u64, u64, std::greater<>> taken;  // end → start
    for (const FilePages* pages : all_)
        if (pages->home_ != 0) taken.emplace(pages->home_ + pages->home_size_, pages->home_);
    u64 ceiling = kFileCeiling;
    for (const auto& [end, start] : taken) {
        if (ceiling - end >= size) break;
        ceiling = start;
    }
    if (ceiling - abi::kHomesFloor < size) return std::nullopt;
    return ceiling - size;
}

namespace {

FileRegistry& registry() {
    static FileRegistry the_registry;
    return the_registry;
}

}  // namespace

Result<Ref<FilePages>> FilePages::of(Inode& inode) {
    const Attributes attributes = TRY(inode.attributes());
    const u64 version = inode.content_version();
    if (FilePages* known = registry().find(attributes.device, attributes.inode, version);
        known && known->size_ == attributes.size) {
        Ref<FilePages> pages(*known);
        registry().use(pages);
        return pages;
    }
    auto pages = Ref<FilePages>::adopt(*new FilePages(inode, attributes, version));
    registry().add(pages);
    registry().use(pages);
    return pages;
}

FilePages::FilePages(Inode& inode, const Attributes& attributes, u64 version)
    : inode_(inode),
      device_(attributes.device),
      number_(attributes.inode),
      version_(version),
      size_(attributes.size),
      identity_(fresh_number()),
      stamps_(fresh_number(attributes.size / kPageSize + 1)),
      stored_code_(inode.stored_code()) {}

FilePages::~FilePages() {
    chunks_in_all -= std::min<u64>(chunks_in_all, chunks_.size());
    registry().remove(*this);
}

Result<void> FilePages::load(u64 index) const {
    const u64 start = index * kChunk;
    std::vector<u8> bytes(std::min(kChunk, size_ - start));
    size_t filled = 0;
    while (filled < bytes.size()) {
        const size_t got = TRY(inode_->read_uncached(start + filled, std::span(bytes).subspan(filled)));
        if (got == 0) break;  // truncated since: the rest reads as zeroes
        filled += std::min(got, bytes.size() - filled);
    }
    if (chunks_.emplace(index, std::move(bytes)).second) ++chunks_in_all;
    return {};
}

Result<std::span<const u8>> FilePages::chunk(u64 index) const {
    auto found = chunks_.find(index);
    if (found == chunks_.end()) {
        TRY(load(index));
        found = chunks_.find(index);
    }
    return found->second;
}

namespace {

class StoredBytes final : public sfi::CodeBytes {
public:
    explicit StoredBytes(Ref<PageSource> source) : source_(std::move(source)) {}
    size_t read(u64 offset, std::span<u8> out) const override {
        // The code cache asks in the middle of its work: others must not come in between.
        const bool good =
            (LongCalls::allowed() ? source_->fetch(offset, out) : source_->fill(offset, out)).has_value();
        return good ? out.size() : 0;
    }

private:
    Ref<PageSource> source_;
};

}  // namespace

const sfi::Archive* FilePages::archive() const {
    if (!archive_ && stored_code_) {
        RefPtr<sfi::Archive> opened = sfi::Archive::open(make_ref<StoredBytes>(stored_code_->archive));
        if (!archive_) archive_ = std::move(opened);  // others may have been faster
    }
    return archive_.get();
}

void FilePages::shrink() const {
    chunks_.clear();
    if (archive_) archive_->shrink();
}

std::optional<u64> FilePages::home(u64 size) {
    if (stored_code_ && size <= stored_code_->home_size) return stored_code_->home;
    if (size > home_size_) {
        home_ = 0;
        home_ = registry().place(size).value_or(0);
        home_size_ = home_ != 0 ? size : 0;
    }
    return home_ != 0 ? std::optional(home_) : std::nullopt;
}

bool FilePages::holds(u64 first, u64 end) const {
    for (u64 index = first / kChunk; index * kChunk < std::min(end, size_); ++index)
        if (!chunks_.contains(index)) return false;
    return true;
}

void FilePages::prefetch(u64 first, u64 end) {
    const Ref<FilePages> self(*this);
    LongCalls others_may;
    for (u64 index = first / kChunk; index * kChunk < std::min(end, size_); ++index)
        if (!chunks_.contains(index) && !load(index)) return;
}

void FilePages::prefetch_code(u64 offset) {
    const Ref<FilePages> self(*this);
    LongCalls others_may;
    if (const sfi::Archive* stored = archive()) {
        chunks_in_all += stored->prefetch(offset) / kChunk;
        if (stored->has(offset)) return;
    }
    prefetch(offset, offset + 1);
}

Result<std::span<const u8>> FilePages::bytes(u64 offset) const {
    if (offset >= size_) return std::span<const u8>{};
    return TRY(chunk(offset / kChunk)).subspan(offset % kChunk);
}

size_t FilePages::read(u64 offset, std::span<u8> out) const {
    size_t done = 0;
    while (done < out.size()) {
        const auto piece = bytes(offset + done);
        if (!piece || piece->empty()) break;
        const size_t count = std::min(piece->size(), out.size() - done);
        std::ranges::copy(piece->first(count), out.subspan(done).begin());
        done += count;
    }
    return done;
}

}  // namespace occlum::kernel
