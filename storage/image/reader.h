// Reads the EROFS in an image. What does not make sense is EIO: the hashes say that the bytes are those that
// were measured, not that they were made by a good builder.
#pragma once

#include <string>
#include <string_view>

#include "storage/image/verified_blocks.h"

namespace occlum::storage::image {

struct ImageNode {
    u64 number = 0;
    u32 mode = 0, links = 0, uid = 0, gid = 0;
    u64 size = 0;
    u32 start = 0;  ///< first block, or a device's number
    i64 modified_s = 0;
    u32 modified_ns = 0;
    Layout layout = Layout::Plain;
    u64 xattrs = 0;       ///< where they are in the image
    u64 xattrs_size = 0;  ///< with their header
    u64 body() const { return xattrs + xattrs_size; }
};

struct ImageName {
    std::string_view name;
    u64 number;
    u8 type;  ///< EROFS's
};
class ImageNameSink {
public:
    virtual ~ImageNameSink() = default;
    virtual void take(const ImageName& name) = 0;
};

class ImageReader {
public:
    /// EINVAL: not such a file system, or encrypted under another key.
    static Result<std::unique_ptr<ImageReader>> open(std::unique_ptr<VerifiedBlocks> blocks);

    u64 root() const { return root_; }
    u64 inodes() const { return inodes_; }
    u64 size() const { return blocks_->size(); }

    Result<ImageNode> node(u64 number);
    /// ENOENT.
    Result<u64> lookup(const ImageNode& directory, std::string_view name);
    /// All names but "." and "..".
    Result<void> list(const ImageNode& directory, ImageNameSink& sink);
    Result<std::string> read_link(const ImageNode& link);
    /// A piece that ends before or at the end of the file.
    Result<void> read(const ImageNode& node, u64 offset, std::span<u8> out);
    /// Looks at each block that read() will need, and unpacks none.
    Result<void> touch(const ImageNode& node, u64 offset, u64 size);
    Result<std::map<std::string, std::string>> xattrs(const ImageNode& node);

    static constexpr u64 kMostNames = 1 << 20;

private:
    struct Entry {
        Cluster type;
        u16 offset;
        u32 value;
    };
    struct Extent {
        u64 start = 0, end = 0;
        u32 block = 0;
        bool compressed = false;
    };
    explicit ImageReader(std::unique_ptr<VerifiedBlocks> blocks) : blocks_(std::move(blocks)) {}
    Result<void> read_superblock();
    Result<void> raw(u64 at, std::span<u8> out);
    Result<void> read_flat(const ImageNode& node, u64 offset, std::span<u8> out);
    Result<void> read_extents(const ImageNode& node, u64 offset, std::span<u8> out);
    Result<Entry> entry(const ImageNode& node, u64 cluster);
    Result<u64> head_at(const ImageNode& node, u64 cluster);
    Result<Extent> extent_at(const ImageNode& node, u64 offset);
    Result<std::span<const u8>> unpacked(const ImageNode& node, const Extent& extent);
    Result<void> directory_block(const ImageNode& directory, u64 index, ImageNameSink& sink);

    std::unique_ptr<VerifiedBlocks> blocks_;
    u64 metadata_ = 0;  // where inodes begin, bytes
    u64 root_ = 0, inodes_ = 0;
    // The extent that was unpacked last: readers come back for its rest.
    u64 last_node_ = 0;
    Extent last_;
    std::vector<u8> last_bytes_;
};

}  // namespace occlum::storage::image
