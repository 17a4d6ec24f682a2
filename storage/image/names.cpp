// Directories and extended attributes of an image.
#include <algorithm>

#include "storage/image/reader.h"
#include "storage/wire.h"

namespace occlum::storage::image {

namespace {

constexpr u32 kTypeMask = 0170000, kDirectory = 0040000;

bool good_name(std::string_view name) {
    return !name.empty() && name.size() <= kMostName && !name.contains('/') && !name.contains('\0');
}

std::string text_of(std::span<const u8> bytes) {
    std::string text;
    for (u8 byte : bytes) text.push_back(static_cast<char>(byte));
    return text;
}

/// Gives the names in a block of a directory, in their order.
Result<void> parse_names(std::span<const u8> block, ImageNameSink& sink) {
    if (block.size() < kDirectoryEntry) return err(Errno::Eio);
    const std::string text = text_of(block);
    // The names begin behind the last entry.
    const size_t names = load<u16>(block, 8);
    if (names == 0 || names % kDirectoryEntry != 0 || names > block.size()) return err(Errno::Eio);
    for (size_t at = 0; at < names; at += kDirectoryEntry) {
        const size_t start = load<u16>(block, at + 8);
        const bool last = at + kDirectoryEntry == names;
        const size_t end = last ? block.size() : load<u16>(block, at + kDirectoryEntry + 8);
        if (start < names || start >= end || end > block.size()) return err(Errno::Eio);
        std::string_view name = std::string_view(text).substr(start, end - start);
        if (last) name = name.substr(0, name.find('\0'));
        if (!good_name(name)) return err(Errno::Eio);
        sink.take({name, load<u64>(block, at), block[at + 10]});
    }
    return {};
}

/// Looks for one name; learns whether the block begins behind it.
class Finder final : public ImageNameSink {
public:
    explicit Finder(std::string_view wanted) : wanted_(wanted) {}
    void take(const ImageName& name) override {
        if (!any_) begins_behind = name.name > wanted_;
        any_ = true;
        if (name.name == wanted_) found = name.number;
    }
    std::optional<u64> found;
    bool begins_behind = false;

private:
    std::string_view wanted_;
    bool any_ = false;
};

class Counter final : public ImageNameSink {
public:
    explicit Counter(ImageNameSink& next) : next_(next) {}
    void take(const ImageName& name) override {
        if (name.name == "." || name.name == "..") return;
        ++count;
        next_.take(name);
    }
    u64 count = 0;

private:
    ImageNameSink& next_;
};

}  // namespace

Result<void> ImageReader::directory_block(const ImageNode& directory, u64 index, ImageNameSink& sink) {
    std::array<u8, kBlock> block;
    const auto bytes = std::span(block).first(std::min<u64>(kBlock, directory.size - index * kBlock));
    TRY(read(directory, index * kBlock, bytes));
    return parse_names(bytes, sink);
}

Result<u64> ImageReader::lookup(const ImageNode& directory, std::string_view name) {
    if ((directory.mode & kTypeMask) != kDirectory) return err(Errno::Enotdir);
    // The last block that does not begin behind the name.
    u64 low = 0, high = (directory.size + kBlock - 1) / kBlock;
    while (low < high) {
        const u64 middle = low + (high - low) / 2;
        Finder finder(name);
        TRY(directory_block(directory, middle, finder));
        if (finder.found) return *finder.found;
        if (finder.begins_behind)
            high = middle;
        else
            low = middle + 1;
    }
    return err(Errno::Enoent);
}

Result<void> ImageReader::list(const ImageNode& directory, ImageNameSink& sink) {
    if ((directory.mode & kTypeMask) != kDirectory) return err(Errno::Enotdir);
    Counter counter(sink);
    for (u64 i = 0; i * kBlock < directory.size; ++i) {
        TRY(directory_block(directory, i, counter));
        if (counter.count > kMostNames) return err(Errno::Eio);
    }
    return {};
}

Result<std::map<std::string, std::string>> ImageReader::xattrs(const ImageNode& node) {
    std::map<std::string, std::string> all;
    if (node.xattrs_size == 0) return all;
    std::vector<u8> room(node.xattrs_size);
    TRY(raw(node.xattrs, room));
    std::span<const u8> bytes = room;
    // Shared attributes are not made here.
    if (bytes[4] != 0) return err(Errno::Eio);
    bytes = bytes.subspan(kXattrHeader);
    while (bytes.size() >= 4) {
        const size_t name_size = bytes[0], value_size = load<u16>(bytes, 2);
        const size_t size = (4 + name_size + value_size + kXattrUnit - 1) / kXattrUnit * kXattrUnit;
        if (size > bytes.size()) return err(Errno::Eio);
        for (const XattrPrefix& prefix : kXattrPrefixes)
            if (prefix.index == bytes[1])
                all[prefix.text + text_of(bytes.subspan(4, name_size))] =
                    text_of(bytes.subspan(4 + name_size, value_size));
        bytes = bytes.subspan(size);
    }
    return all;
}

}  // namespace occlum::storage::image
