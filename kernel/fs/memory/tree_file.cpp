#include "kernel/fs/memory/tree_inode.h"
#include "kernel/fs/regular_file.h"

namespace occlum::kernel {

TreeFile::TreeFile(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner)
    : TreeInode(std::move(fs), mode, 0, owner), pages_(fs_->budget(), nullptr, 0) {}

TreeFile::TreeFile(Ref<TreeFileSystem> fs, const Attributes& lower, Ref<PageSource> contents)
    : TreeInode(std::move(fs), lower),
      size_(lower.size),
      version_(fs_->lower()->constant() ? kConstantContents : next_content_version()),
      pages_(fs_->budget(), RefPtr<PageSource>(contents), lower.size) {}

u64 TreeFile::blocks() const {
    u64 lower = page_up(pages_.source_size()) / kPageSize;
    return std::max(pages_.page_count(), lower) * (kPageSize / 512);
}

Result<size_t> TreeFile::read_data(u64 offset, const UserBuffer& to) {
    if (offset >= size_ || to.size() == 0) return size_t{0};
    touch_accessed();
    return pages_.read(offset, to.slice(0, std::min<u64>(to.size(), size_ - offset)));
}

Result<size_t> TreeFile::read_uncached(u64 offset, std::span<u8> out) {
    if (offset >= size_ || out.empty()) return size_t{0};
    touch_accessed();
    const size_t size = static_cast<size_t>(std::min<u64>(out.size(), size_ - offset));
    TRY(pages_.read_uncached(offset, out.first(size)));
    return size;
}

void TreeFile::foresee_write(u64 offset, u64 size) {
    for (const u64 edge : {offset, offset + size})
        if (edge % kPageSize != 0) pages_.prefetch(page_down(edge), 1);
}

Result<size_t> TreeFile::write_data(u64 offset, const UserBuffer& from) {
    if (from.size() == 0) return size_t{0};
    if (offset >= kMaxFileSize) return err(Errno::Efbig);
    TRY(pin());
    version_ = next_content_version();
    size_t wrote =
        TRY(pages_.write(offset, from.slice(0, std::min<u64>(from.size(), kMaxFileSize - offset))));
    // A fault in the middle of the copy may have let others in.
    size_ = std::max(size_, offset + wrote);
    version_ = next_content_version();
    touch_modified();
    return wrote;
}

Result<void> TreeFile::resize(u64 size) {
    if (size > kMaxFileSize) return err(Errno::Efbig);
    if (size < size_) TRY(pages_.truncate(size));
    if (size != size_) version_ = next_content_version();
    size_ = size;
    touch_modified();
    return {};
}

Result<void> TreeFile::allocate(u32 mode, u64 offset, u64 length) {
    constexpr u32 kKeepSize = 1, kPunchHole = 2, kZeroRange = 16;
    if ((mode & ~(kKeepSize | kPunchHole | kZeroRange)) != 0) return err(Errno::Eopnotsupp);
    bool punch = (mode & kPunchHole) != 0, zero = (mode & kZeroRange) != 0;
    if (punch && ((mode & kKeepSize) == 0 || zero)) return err(Errno::Eopnotsupp);
    u64 end = offset + length;
    if (end < offset || end > kMaxFileSize) return err(Errno::Efbig);
    TRY(pin());
    version_ = next_content_version();
    if (punch || zero) TRY(pages_.punch(offset, end));
    if (!punch) {
        if (page_up(end - page_down(offset)) > fs_->budget().limit()) return err(Errno::Enospc);
        TRY(pages_.populate(offset, end));
        if ((mode & kKeepSize) == 0) size_ = std::max(size_, end);
    }
    touch_modified();
    return {};
}

Result<u64> TreeFile::seek_data(u64 offset, bool hole) {
    if (offset >= size_) return err(Errno::Enxio);
    u64 found = pages_.find(offset, size_, hole);
    if (!hole && found >= size_) return err(Errno::Enxio);
    return std::min(found, size_);
}

Result<Ref<OpenFile>> TreeFile::open(u32 flags) {
    return Ref<OpenFile>(make_ref<RegularFile>(flags, Ref<Inode>(*this)));
}

}  // namespace occlum::kernel
