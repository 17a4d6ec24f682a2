#include "image/erofs_writer.h"

#include <algorithm>
#include <cstring>

#include "storage/wire.h"

namespace occlum::image {

using namespace storage::image;
using storage::store;

namespace {

constexpr size_t kOpenBlocks = 32;

// The file types of directory entries, by the mode's type bits.
u8 entry_type(u32 mode) {
    switch (mode >> 12) {
        case 8:
            return 1;
        case 4:
            return 2;
        case 2:
            return 3;
        case 6:
            return 4;
        case 1:
            return 5;
        case 12:
            return 6;
        case 10:
            return 7;
        default:
            return 0;
    }
}

std::vector<u8> xattr_bytes(const Node& node) {
    std::vector<u8> out(kXattrHeader);
    for (const auto& [name, value] : node.xattrs) {
        for (const auto& prefix : kXattrPrefixes) {
            if (!name.starts_with(prefix.text)) continue;
            const std::string rest = name.substr(std::strlen(prefix.text));
            out.push_back(static_cast<u8>(rest.size()));
            out.push_back(prefix.index);
            out.push_back(static_cast<u8>(value.size()));
            out.push_back(static_cast<u8>(value.size() >> 8));
            for (char c : rest) out.push_back(static_cast<u8>(c));
            for (char c : value) out.push_back(static_cast<u8>(c));
            while (out.size() % kXattrUnit != 0) out.push_back(0);
        }
    }
    if (out.size() == kXattrHeader) out.clear();
    return out;
}

/// As the kernel's: without the final complement.
u32 crc32c(std::span<const u8> bytes) {
    u32 crc = ~u32{0};
    for (u8 byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f6'3b78u : 0);
    }
    return crc;
}

// Numbers as the kernel's new_encode_dev() has them.
u32 device_number(u64 device) {
    const u64 major = (device >> 8 & 0xfff) | (device >> 32 & ~u64{0xfff});
    const u64 minor = (device & 0xff) | (device >> 12 & ~u64{0xff});
    return static_cast<u32>((minor & 0xff) | major << 8 | (minor & ~u64{0xff}) << 12);
}

/// Names and their places in directory blocks, as many as fit into each.
class DirectoryBlocks {
public:
    void add(const std::string& name, u64 number, u8 type) {
        const size_t need = kDirectoryEntry + name.size();
        if (used_ + need > kBlock) finish();
        names_.push_back({name, number, type});
        used_ += need;
    }
    std::vector<u8> take() {
        const size_t last = bytes_.size();
        const size_t size = used_;
        finish();
        bytes_.resize(last + size);
        return std::move(bytes_);
    }

private:
    struct Name {
        std::string text;
        u64 number;
        u8 type;
    };
    void finish() {
        std::vector<u8> block(kBlock);
        size_t name_at = names_.size() * kDirectoryEntry, entry_at = 0;
        for (const Name& name : names_) {
            store(std::span<u8>(block), entry_at, name.number);
            store(std::span<u8>(block), entry_at + 8, static_cast<u16>(name_at));
            block[entry_at + 10] = name.type;
            std::ranges::copy(name.text, block.begin() + static_cast<std::ptrdiff_t>(name_at));
            entry_at += kDirectoryEntry;
            name_at += name.text.size();
        }
        bytes_.insert(bytes_.end(), block.begin(), block.end());
        names_.clear();
        used_ = 0;
    }
    std::vector<u8> bytes_;
    std::vector<Name> names_;
    size_t used_ = 0;
};

}  // namespace

u64 ErofsWriter::Inode::room() const {
    const u64 header = kExtendedInode + xattrs.size();
    if (layout == Layout::Compressed) return (header + 7) / 8 * 8 + kMapHeader + index.size();
    return layout == Layout::Inline ? header + size % kBlock : header;
}

void ErofsWriter::collect(const Node& node, const Node& parent) {
    const auto [id, fresh] = ids_.emplace(&node, inodes_.size());
    if (!fresh) {
        ++inodes_[id->second].links;
        return;
    }
    Inode& inode = inodes_.emplace_back();
    inode.node = &node;
    inode.parent = &parent;
    inode.links = node.is_directory() ? 2 : 1;
    inode.xattrs = xattr_bytes(node);
    const size_t own = inodes_.size() - 1;
    for (const auto& [name, child] : node.children) {
        if (child->is_directory()) ++inodes_[own].links;
        collect(*child, node);
    }
}

std::expected<void, std::string> ErofsWriter::store_file(Inode& inode) {
    const Node& node = *inode.node;
    inode.size = node.size;
    const u64 header = kExtendedInode + inode.xattrs.size();
    if (node.size == 0) return {};
    if (node.size < kBlock && header + node.size <= kBlock) {
        auto reader = ByteReader::open(node);
        if (!reader) return std::unexpected(reader.error());
        inode.contents.resize(node.size);
        if (auto done = reader->read(inode.contents); !done) return done;
        inode.layout = Layout::Inline;
        if (!taken_(node.size)) return std::unexpected("stopped");
        return {};
    }
    auto compressed = compress_file(node, blocks_, taken_);
    if (!compressed) return std::unexpected(compressed.error());
    inode.layout = Layout::Compressed;
    inode.index = std::move(compressed->index);
    inode.start = compressed->blocks;
    return {};
}

std::expected<void, std::string> ErofsWriter::store_contents() {
    for (Inode& inode : inodes_) {
        const Node& node = *inode.node;
        if (node.is_regular())
            if (auto done = store_file(inode); !done) return done;
        if (node.is_link()) {
            inode.size = node.target.size();
            for (char c : node.target) inode.contents.push_back(static_cast<u8>(c));
            inode.layout = Layout::Inline;
        }
        if (node.is_directory()) {
            inode.size = directory_bytes(inode).size();  // numbers do not change the size
            choose_layout(inode);
        }
    }
    return {};
}

// The end of a directory lies behind its inode, where it fits.
void ErofsWriter::choose_layout(Inode& inode) {
    const u64 tail = inode.size % kBlock;
    const bool fits = tail != 0 && kExtendedInode + inode.xattrs.size() + tail <= kBlock;
    inode.layout = fits ? Layout::Inline : Layout::Plain;
}

// What fits into one block does not cross into the next.
u64 ErofsWriter::take_room(u64 size) {
    const size_t rounded = (size + kSlot - 1) / kSlot * kSlot;
    for (Place& place : open_) {
        if (place.used + rounded > kBlock) continue;
        const u64 at = place.block * kBlock + place.used;
        place.used += rounded;
        return at;
    }
    const u64 block = metadata_blocks_;
    metadata_blocks_ += (rounded + kBlock - 1) / kBlock;
    const size_t used = rounded % kBlock;
    if (used != 0) open_.push_back({metadata_blocks_ - 1, used});
    // Those with the least room go first.
    if (open_.size() > kOpenBlocks) open_.erase(std::ranges::max_element(open_, {}, &Place::used));
    return block * kBlock;
}

void ErofsWriter::place(Inode& inode) { inode.number = take_room(inode.room()) / kSlot; }

std::vector<u8> ErofsWriter::directory_bytes(const Inode& inode) {
    const auto number_of = [&](const Node& node) { return inodes_[ids_.at(&node)].number; };
    struct Entry {
        u64 number;
        u8 type;
    };
    std::map<std::string, Entry> entries;
    for (const auto& [name, child] : inode.node->children)
        entries[name] = {number_of(*child), entry_type(child->mode)};
    entries["."] = {inode.number, 2};
    entries[".."] = {number_of(*inode.parent), 2};
    DirectoryBlocks blocks;
    for (const auto& [name, entry] : entries) blocks.add(name, entry.number, entry.type);
    return blocks.take();
}

std::expected<void, std::string> ErofsWriter::write_directories() {
    for (Inode& inode : inodes_) {
        if (!inode.node->is_directory()) continue;
        inode.contents = directory_bytes(inode);
        const u64 whole = inode.layout == Layout::Inline ? inode.size / kBlock * kBlock : inode.size;
        inode.start = whole != 0 ? blocks_.next() : 0;
        for (u64 at = 0; at < whole; at += kBlock) {
            ImageBlock block{};
            const auto piece = std::span(inode.contents).subspan(at);
            std::ranges::copy(piece.first(std::min(piece.size(), kBlock)), block.begin());
            if (auto put = blocks_.append(block); !put) return std::unexpected(put.error());
        }
    }
    return {};
}

void ErofsWriter::emit(const Inode& inode, std::vector<u8>& area) {
    const Node& node = *inode.node;
    const auto at = std::span(area).subspan(inode.number * kSlot);
    const size_t xattr_count =
        inode.xattrs.empty() ? 0 : (inode.xattrs.size() - kXattrHeader) / kXattrUnit + 1;
    store(at, 0, static_cast<u16>(1 | static_cast<unsigned>(inode.layout) << 1));
    store(at, 2, static_cast<u16>(xattr_count));
    store(at, 4, static_cast<u16>(node.mode));
    store(at, 8, inode.size);
    store(at, 16, node.is_device() ? device_number(node.device) : inode.start);
    store(at, 20, static_cast<u32>(ids_.at(&node) + 1));
    store(at, 24, node.uid);
    store(at, 28, node.gid);
    store(at, 32, static_cast<u64>(node.modified_s));
    store(at, 40, node.modified_ns);
    store(at, 44, inode.links);
    std::ranges::copy(inode.xattrs, at.subspan(kExtendedInode).begin());
    const size_t behind = kExtendedInode + inode.xattrs.size();
    if (inode.layout == Layout::Compressed)
        std::ranges::copy(inode.index, at.subspan((behind + 7) / 8 * 8 + kMapHeader).begin());
    if (inode.layout == Layout::Inline)
        std::ranges::copy(std::span(inode.contents).subspan(inode.size / kBlock * kBlock),
                          at.subspan(behind).begin());
}

std::expected<void, std::string> ErofsWriter::write_metadata() {
    metadata_start_ = blocks_.next();
    std::vector<u8> area(metadata_blocks_ * kBlock);
    for (const Inode& inode : inodes_) emit(inode, area);
    for (u64 at = 0; at < area.size(); at += kBlock) {
        ImageBlock block;
        std::ranges::copy(std::span(area).subspan(at, kBlock), block.begin());
        if (auto put = blocks_.append(block); !put) return std::unexpected(put.error());
    }
    return blocks_.flush();
}

std::expected<void, std::string> ErofsWriter::write_superblock() {
    ImageBlock block{};
    const auto at = std::span<u8>(block);
    store(at, kSuperMagic, kMagic);
    store(at, kSuperCompatible, kCompatibleChecksum | kCompatibleModified);
    block[kSuperBlockBits] = 12;
    store(at, kSuperRoot, static_cast<u16>(inodes_.front().number));
    store(at, kSuperInodes, u64{inodes_.size()});
    store(at, kSuperTime, static_cast<u64>(tree_.root->modified_s));
    store(at, kSuperBlocks, blocks_.next());
    store(at, kSuperMeta, metadata_start_);
    store(at, kSuperIncompatible, kIncompatibleZeroPadding);
    // The name of the volume is what is in it.
    host::Sha256 all;
    for (const auto& digest : blocks_.digests()) all.update(digest);
    const auto name = all.finish();
    std::ranges::copy(std::span(name).first<16>(), at.subspan(kSuperUuid).begin());
    block[kSuperUuid + 6] = static_cast<u8>((block[kSuperUuid + 6] & 15) | 0x80);
    block[kSuperUuid + 8] = static_cast<u8>((block[kSuperUuid + 8] & 63) | 0x80);
    store(at, kSuperChecksum, crc32c(at.subspan(kSuper)));
    return blocks_.set_first(block);
}

std::expected<void, std::string> ErofsWriter::write() {
    collect(*tree_.root, *tree_.root);
    if (auto done = store_contents(); !done) return done;
    for (Inode& inode : inodes_) place(inode);
    if (auto done = write_directories(); !done) return done;
    if (auto done = write_metadata(); !done) return done;
    return write_superblock();
}

}  // namespace occlum::image
