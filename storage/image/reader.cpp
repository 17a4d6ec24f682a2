#include "storage/image/reader.h"

#include <algorithm>

#include "storage/image/lz4.h"
#include "storage/wire.h"

namespace occlum::storage::image {

namespace {

constexpr u32 kTypeMask = 0170000, kDirectory = 0040000, kLink = 0120000;
constexpr u64 kMostSize = u64{1} << 44;

}  // namespace

Result<std::unique_ptr<ImageReader>> ImageReader::open(std::unique_ptr<VerifiedBlocks> blocks) {
    auto reader = std::unique_ptr<ImageReader>(new ImageReader(std::move(blocks)));
    TRY(reader->read_superblock());
    return reader;
}

Result<void> ImageReader::read_superblock() {
    Ref<VerifiedBlock> block = TRY(blocks_->get(0));
    const std::span<const u8> at = block->bytes;
    if (load<u32>(at, kSuperMagic) != kMagic || at[kSuperBlockBits] != 12 ||
        (load<u32>(at, kSuperIncompatible) & ~kIncompatibleZeroPadding) != 0)
        return err(Errno::Einval);
    metadata_ = u64{load<u32>(at, kSuperMeta)} * kBlock;
    root_ = load<u16>(at, kSuperRoot);
    inodes_ = load<u64>(at, kSuperInodes);
    if ((TRY(node(root_)).mode & kTypeMask) != kDirectory) return err(Errno::Einval);
    return {};
}

// Bytes of the image, across blocks.
Result<void> ImageReader::raw(u64 at, std::span<u8> out) {
    const u64 size = blocks_->size() * kBlock;
    if (at > size || out.size() > size - at) return err(Errno::Eio);
    while (!out.empty()) {
        Ref<VerifiedBlock> block = TRY(blocks_->get(at / kBlock));
        const auto piece = std::span(block->bytes).subspan(at % kBlock);
        const size_t count = std::min(piece.size(), out.size());
        std::ranges::copy(piece.first(count), out.begin());
        out = out.subspan(count);
        at += count;
    }
    return {};
}

Result<ImageNode> ImageReader::node(u64 number) {
    if (number >= kMostBlocks * (kBlock / kSlot)) return err(Errno::Eio);
    const u64 at = metadata_ + number * kSlot;
    std::array<u8, kExtendedInode> bytes{};
    TRY(raw(at, std::span(bytes).first(kCompactInode)));
    const u16 format = load<u16>(bytes, 0);
    const bool extended = (format & 1) != 0;
    if (extended) TRY(raw(at, bytes));
    const u16 layout = format >> 1;
    if (layout > static_cast<u16>(Layout::Inline)) return err(Errno::Eio);
    ImageNode node{.number = number, .mode = load<u16>(bytes, 4), .start = load<u32>(bytes, 16)};
    node.layout = static_cast<Layout>(layout);
    node.links = extended ? load<u32>(bytes, 44) : load<u16>(bytes, 6);
    node.size = extended ? load<u64>(bytes, 8) : load<u32>(bytes, 8);
    node.uid = extended ? load<u32>(bytes, 24) : load<u16>(bytes, 24);
    node.gid = extended ? load<u32>(bytes, 28) : load<u16>(bytes, 26);
    node.modified_s = extended ? load<i64>(bytes, 32) : 0;
    node.modified_ns = extended ? load<u32>(bytes, 40) : 0;
    node.xattrs = at + (extended ? kExtendedInode : kCompactInode);
    const u64 count = load<u16>(bytes, 2);
    node.xattrs_size = count == 0 ? 0 : kXattrHeader + (count - 1) * kXattrUnit;
    if (node.size > kMostSize || node.links == 0 || node.modified_ns >= 1'000'000'000) return err(Errno::Eio);
    return node;
}

Result<void> ImageReader::read(const ImageNode& node, u64 offset, std::span<u8> out) {
    if (offset > node.size || out.size() > node.size - offset) return err(Errno::Eio);
    if (node.layout == Layout::Compressed) return read_extents(node, offset, out);
    return read_flat(node, offset, out);
}

Result<void> ImageReader::read_flat(const ImageNode& node, u64 offset, std::span<u8> out) {
    const u64 blocks_end = node.layout == Layout::Inline ? node.size / kBlock * kBlock : node.size;
    const u64 in_blocks = offset < blocks_end ? std::min<u64>(out.size(), blocks_end - offset) : 0;
    TRY(raw(u64{node.start} * kBlock + offset, out.first(in_blocks)));
    if (in_blocks == out.size()) return {};
    return raw(node.body() + (offset + in_blocks - blocks_end), out.subspan(in_blocks));
}

Result<ImageReader::Entry> ImageReader::entry(const ImageNode& node, u64 cluster) {
    if (cluster >= (node.size + kBlock - 1) / kBlock) return err(Errno::Eio);
    std::array<u8, kMapEntry> bytes{};
    TRY(raw((node.body() + 7) / 8 * 8 + kMapHeader + cluster * kMapEntry, bytes));
    const u16 type = load<u16>(bytes, 0);
    Entry entry{static_cast<Cluster>(type), load<u16>(bytes, 2), load<u32>(bytes, 4)};
    if (type > static_cast<u16>(Cluster::Other) || entry.offset >= kBlock) return err(Errno::Eio);
    return entry;
}

// The cluster in which the extent begins that `cluster` begins with.
Result<u64> ImageReader::head_at(const ImageNode& node, u64 cluster) {
    const Entry at = TRY(entry(node, cluster));
    if (at.type != Cluster::Other) return cluster;
    const u64 back = at.value & 0xffff;
    if (back == 0 || back > cluster) return err(Errno::Eio);
    return cluster - back;
}

Result<ImageReader::Extent> ImageReader::extent_at(const ImageNode& node, u64 offset) {
    const u64 cluster = offset / kBlock;
    const Entry here = TRY(entry(node, cluster));
    u64 head = cluster;
    if (here.type == Cluster::Other) {
        head = TRY(head_at(node, cluster));
    } else if (offset % kBlock < here.offset) {
        if (cluster == 0) return err(Errno::Eio);
        head = TRY(head_at(node, cluster - 1));
    }
    const Entry first = TRY(entry(node, head));
    if (first.type == Cluster::Other) return err(Errno::Eio);
    Extent extent{head * kBlock + first.offset, node.size, first.value, first.type == Cluster::Head};
    const u64 clusters = (node.size + kBlock - 1) / kBlock;
    for (u64 next = head + 1; next < clusters; ++next) {
        if (next - head > kMostExtent / kBlock + 1) return err(Errno::Eio);
        const Entry behind = TRY(entry(node, next));
        if (behind.type == Cluster::Other) continue;
        extent.end = next * kBlock + behind.offset;
        break;
    }
    const u64 most = extent.compressed ? kMostExtent : kBlock;
    if (extent.start > offset || extent.end <= offset || extent.end > node.size ||
        extent.end - extent.start > most)
        return err(Errno::Eio);
    return extent;
}

// Valid until the next call.
Result<std::span<const u8>> ImageReader::unpacked(const ImageNode& node, const Extent& extent) {
    if (!last_bytes_.empty() && last_node_ == node.number && last_.start == extent.start)
        return std::span<const u8>(last_bytes_);
    Ref<VerifiedBlock> block = TRY(blocks_->get(extent.block));
    const auto padding = std::ranges::find_if(block->bytes, [](u8 byte) { return byte != 0; });
    const auto packed = std::span(block->bytes).subspan(static_cast<size_t>(padding - block->bytes.begin()));
    std::vector<u8> bytes(extent.end - extent.start);
    last_bytes_.clear();
    TRY(decompress_lz4(packed, bytes));
    last_node_ = node.number;
    last_ = extent;
    last_bytes_ = std::move(bytes);
    return std::span<const u8>(last_bytes_);
}

Result<void> ImageReader::read_extents(const ImageNode& node, u64 offset, std::span<u8> out) {
    while (!out.empty()) {
        const Extent extent = TRY(extent_at(node, offset));
        const size_t skip = offset - extent.start;
        const size_t count = std::min<u64>(out.size(), extent.end - offset);
        if (extent.compressed) {
            const auto bytes = TRY(unpacked(node, extent));
            std::ranges::copy(bytes.subspan(skip, count), out.begin());
        } else {
            TRY(raw(u64{extent.block} * kBlock + skip, out.first(count)));
        }
        offset += count;
        out = out.subspan(count);
    }
    return {};
}

Result<void> ImageReader::touch(const ImageNode& node, u64 offset, u64 size) {
    const u64 end = offset < node.size ? offset + std::min(size, node.size - offset) : offset;
    while (offset < end) {
        if (node.layout != Layout::Compressed) {
            const u64 here = std::min(end, (offset / kBlock + 1) * kBlock);
            std::array<u8, kBlock> bytes{};
            TRY(read(node, offset, std::span(bytes).first(here - offset)));
            offset = here;
            continue;
        }
        const Extent extent = TRY(extent_at(node, offset));
        TRY(blocks_->get(extent.block));
        offset = extent.end;
    }
    return {};
}

Result<std::string> ImageReader::read_link(const ImageNode& link) {
    if ((link.mode & kTypeMask) != kLink) return err(Errno::Einval);
    if (link.size == 0 || link.size >= kBlock) return err(Errno::Eio);
    std::vector<u8> bytes(link.size);
    TRY(read(link, 0, bytes));
    std::string target;
    for (u8 byte : bytes) target.push_back(static_cast<char>(byte));
    if (target.contains('\0')) return err(Errno::Eio);
    return target;
}

}  // namespace occlum::storage::image
