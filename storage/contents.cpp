// Contents of regular files.
#include "storage/file_system.h"

namespace occlum::storage {
namespace {

constexpr u64 kPiece = 64 * kBlockSize;
// Leaves, their index blocks, and a path to them.
constexpr u64 room_for(u64 blocks) { return blocks + blocks / kFanout + 16; }
constexpr u64 blocks_of(u64 bytes) { return (bytes + kBlockSize - 1) / kBlockSize; }

}  // namespace

Result<RefPtr<CachedBlock>> FileSystem::read_block(u64 inode, u64 index) {
    Node* file = TRY(regular(inode));
    return file->data.read(index);
}

Result<size_t> FileSystem::read(u64 inode, u64 offset, std::span<u8> out) {
    Node* file = TRY(regular(inode));
    u64 size = file->record.size;
    if (offset >= size) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<u64>(out.size(), size - offset)));
    size_t done = 0;
    while (done < out.size()) {
        size_t start = (offset + done) % kBlockSize, count = std::min(out.size() - done, kBlockSize - start);
        auto piece = out.subspan(done, count);
        Result<RefPtr<CachedBlock>> block = file->data.read((offset + done) / kBlockSize);
        if (!block && done != 0) return done;
        if (!block) return err(block.error());
        if (*block)
            copy_bytes(std::span((*block)->bytes).subspan(start, count), piece);
        else
            std::ranges::fill(piece, u8{0});
        done += count;
    }
    return done;
}

Result<size_t> FileSystem::write_piece(Node& node, u64 offset, std::span<const u8> bytes) {
    return changing([&]() -> Result<size_t> {
        TRY(touch(node));
        size_t done = 0;
        while (done < bytes.size()) {
            size_t start = (offset + done) % kBlockSize,
                   count = std::min(bytes.size() - done, kBlockSize - start);
            Ref<CachedBlock> block = TRY(node.data.write((offset + done) / kBlockSize,
                                                         count == kBlockSize ? Before::Any : Before::Kept));
            copy_bytes(bytes.subspan(done, count), std::span(block->bytes).subspan(start));
            done += count;
        }
        node.record.size = std::max(node.record.size, offset + done);
        node.record.modified = node.record.changed = now();
        return done;
    });
}

Result<size_t> FileSystem::write(u64 inode, u64 offset, std::span<const u8> bytes) {
    Node* file = TRY(regular(inode));
    if (offset >= kMaxSize) return err(Errno::Efbig);
    bytes = bytes.first(static_cast<size_t>(std::min<u64>(bytes.size(), kMaxSize - offset)));
    size_t done = 0;
    while (done < bytes.size()) {
        u64 at = offset + done;
        auto piece = bytes.subspan(done, std::min<size_t>(bytes.size() - done, kPiece - at % kPiece));
        Result<void> room = make_room(room_for(blocks_of(at % kBlockSize + piece.size())), false);
        Result<size_t> put = room ? write_piece(*file, at, piece) : err(room.error());
        if (!put && done != 0) break;
        if (!put) return put;
        done += *put;
    }
    return done;
}

// Within one block.
Result<void> FileSystem::zero_part(Node& node, u64 first, u64 end) {
    if (first >= end) return {};
    u64 index = first / kBlockSize;
    // Holes are zeroes already, and so is what was only set aside.
    if (TRY(node.data.find(index, index + 1, false)) != index) return {};
    Ref<CachedBlock> block = TRY(node.data.write(index, Before::Kept));
    std::ranges::fill(std::span(block->bytes).subspan(first % kBlockSize, static_cast<size_t>(end - first)),
                      u8{0});
    return {};
}

Result<void> FileSystem::resize(Node& node, u64 size) {
    if (size < node.record.size) {
        TRY(node.data.clear(blocks_of(size), BlockTree::kMaxBlocks));
        if (size % kBlockSize != 0) TRY(zero_part(node, size, blocks_of(size) * kBlockSize));
    }
    node.record.size = size;
    node.record.modified = now();
    return {};
}

Result<void> FileSystem::punch(Node& node, u64 first, u64 end) {
    u64 whole = blocks_of(first), whole_end = end / kBlockSize;
    if (whole > whole_end) return zero_part(node, first, end);
    TRY(zero_part(node, first, whole * kBlockSize));
    TRY(zero_part(node, whole_end * kBlockSize, end));
    return node.data.clear(whole, whole_end);
}

// FALLOC_FL_COLLAPSE_RANGE and INSERT_RANGE.
Result<void> FileSystem::shift(Node& node, u32 mode, u64 offset, u64 length) {
    u64 size = node.record.size, first = offset / kBlockSize, count = length / kBlockSize,
        end = blocks_of(size);
    TRY(make_room(room_for(2 * (end - first + count) / kFanout), false));
    return changing([&]() -> Result<void> {
        TRY(touch(node));
        if (mode == kAllocateCollapse) {
            TRY(node.data.clear(first, first + count));
            for (u64 index = first + count; index < end; ++index) TRY(node.data.move(index, index - count));
            TRY(resize(node, size - length));
        } else {
            for (u64 index = end; index-- > first;) TRY(node.data.move(index, index + count));
            TRY(resize(node, size + length));
        }
        node.record.changed = now();
        return {};
    });
}

Result<void> FileSystem::allocate(u64 inode, u32 mode, u64 offset, u64 length) {
    Node* file = TRY(regular(inode));
    u64 end = offset + length;
    if (end < offset || end > kMaxSize) return err(Errno::Efbig);
    bool keep = (mode & kAllocateKeepSize) != 0;
    if (mode == kAllocateCollapse || mode == kAllocateInsert) {
        u64 size = file->record.size;
        bool inside = mode == kAllocateCollapse ? end < size : offset < size;
        if (offset % kBlockSize != 0 || length % kBlockSize != 0 || !inside) return err(Errno::Einval);
        if (mode == kAllocateInsert && size > kMaxSize - length) return err(Errno::Efbig);
        return shift(*file, mode, offset, length);
    }
    u32 what = mode & ~kAllocateKeepSize;
    if (what != 0 && what != kAllocateZero && (what != kAllocatePunch || !keep))
        return err(Errno::Eopnotsupp);
    u64 first_block = offset / kBlockSize, end_block = blocks_of(end);
    bool removing = what == kAllocatePunch;
    TRY(make_room(removing ? 32 : room_for(end_block - first_block), removing));
    return changing([&]() -> Result<void> {
        TRY(touch(*file));
        if (what != 0) TRY(punch(*file, offset, end));
        if (!removing) {
            TRY(file->data.reserve(first_block, end_block));
            if (!keep) file->record.size = std::max(file->record.size, end);
        }
        file->record.modified = file->record.changed = now();
        return {};
    });
}

Result<u64> FileSystem::seek(u64 inode, u64 offset, bool hole) {
    Node* file = TRY(regular(inode));
    u64 size = file->record.size;
    if (offset >= size) return err(Errno::Enxio);
    u64 end = blocks_of(size);
    u64 found = TRY(file->data.find(offset / kBlockSize, end, hole));
    if (found >= end) return hole ? Result<u64>(size) : err(Errno::Enxio);
    return std::min(std::max(offset, found * kBlockSize), size);
}

}  // namespace occlum::storage
