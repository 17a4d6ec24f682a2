// A regular file's bytes, on their way into an image: extents that compress into one block each.
#pragma once

#include <functional>

#include "image/block_writer.h"
#include "image/node.h"

namespace occlum::image {

/// Reads a node's bytes in order, whatever they lie in.
class ByteReader {
public:
    static std::expected<ByteReader, std::string> open(const Node& node);
    ByteReader(ByteReader&& other) noexcept;
    ByteReader& operator=(ByteReader&&) = delete;
    ~ByteReader();
    /// Fails when the file is shorter than it was.
    std::expected<void, std::string> read(std::span<u8> out);

private:
    ByteReader(std::string name, int fd, u64 offset, bool owned)
        : name_(std::move(name)), offset_(offset), fd_(fd), owned_(owned) {}
    std::string name_;
    u64 offset_;
    int fd_;
    bool owned_;
};

/// The cluster index (storage/image/format.h), 8 bytes for each 4 KiB of the file.
struct CompressedFile {
    std::vector<u8> index;
    u32 blocks = 0;
};
/// `taken` hears how many bytes more were read; false stops.
std::expected<CompressedFile, std::string> compress_file(const Node& node, BlockWriter& blocks,
                                                         const std::function<bool(u64)>& taken);

}  // namespace occlum::image
