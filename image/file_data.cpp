#include "image/file_data.h"

#include <fcntl.h>
#include <lz4.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/wire.h"

namespace occlum::image {

using namespace storage::image;

std::expected<ByteReader, std::string> ByteReader::open(const Node& node) {
    if (const auto* spooled = std::get_if<SpooledBytes>(&node.bytes))
        return ByteReader("archive", spooled->fd, spooled->offset, false);
    const auto* host = std::get_if<HostBytes>(&node.bytes);
    if (host == nullptr) return std::unexpected("a file without contents");
    const int fd = ::open(host->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return std::unexpected(host->path + ": " + std::strerror(errno));
    return ByteReader(host->path, fd, 0, true);
}

ByteReader::ByteReader(ByteReader&& other) noexcept
    : name_(std::move(other.name_)),
      offset_(other.offset_),
      fd_(other.fd_),
      owned_(std::exchange(other.owned_, false)) {}

ByteReader::~ByteReader() {
    if (owned_) close(fd_);
}

std::expected<void, std::string> ByteReader::read(std::span<u8> out) {
    while (!out.empty()) {
        const ssize_t got = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(name_ + ": " + std::strerror(errno));
        if (got == 0) return std::unexpected(name_ + ": became shorter while it was read");
        offset_ += static_cast<u64>(got);
        out = out.subspan(static_cast<size_t>(got));
    }
    return {};
}

namespace {

// What has been read and not yet stored.
class Window {
public:
    Window(ByteReader& reader, u64 size) : reader_(reader), left_(size) {}
    /// As much as there is, but not less than an extent unless the file ends.
    std::expected<std::span<const u8>, std::string> look(const std::function<bool(u64)>& taken) {
        constexpr size_t kRoom = size_t{1} << 20;
        if (bytes_.size() - start_ >= kMostExtent || left_ == 0) return std::span(bytes_).subspan(start_);
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(start_));
        start_ = 0;
        const size_t old = bytes_.size();
        const u64 more = std::min<u64>(kRoom - old, left_);
        bytes_.resize(old + more);
        if (auto done = reader_.read(std::span(bytes_).subspan(old)); !done)
            return std::unexpected(done.error());
        left_ -= more;
        if (!taken(more)) return std::unexpected("stopped");
        return std::span<const u8>(bytes_);
    }
    void take(size_t count) { start_ += count; }

private:
    ByteReader& reader_;
    u64 left_;
    std::vector<u8> bytes_;
    size_t start_ = 0;
};

struct Extent {
    u64 offset = 0, size = 0;
    u32 block = 0;
    bool compressed = false;
};

// The longest prefix that fits into one block. Compressed bytes end at the block's end.
Extent store(std::span<const u8> bytes, ImageBlock& block) {
    ImageBlock packed;
    int consumed = static_cast<int>(std::min<u64>(bytes.size(), kMostExtent));
    const int size = LZ4_compress_destSize(reinterpret_cast<const char*>(bytes.data()),
                                           reinterpret_cast<char*>(packed.data()), &consumed, kBlock);
    block.fill(0);
    if (size > 0 && consumed > static_cast<int>(kBlock)) {
        std::ranges::copy(std::span(packed).first(static_cast<size_t>(size)),
                          block.end() - static_cast<std::ptrdiff_t>(size));
        return {.size = static_cast<u64>(consumed), .compressed = true};
    }
    const size_t plain = std::min(bytes.size(), kBlock);
    std::ranges::copy(bytes.first(plain), block.begin());
    return {.size = plain};
}

void entry(std::vector<u8>& index, u64 cluster, Cluster type, u64 offset, u32 value) {
    const auto at = std::span(index).subspan(cluster * kMapEntry, kMapEntry);
    storage::store(at, 0, static_cast<u16>(type));
    storage::store(at, 2, static_cast<u16>(offset));
    storage::store(at, 4, value);
}

// Clusters in which no extent begins say how far it is to the one before and to the next.
std::vector<u8> index_of(std::span<const Extent> extents, u64 size) {
    const u64 clusters = (size + kBlock - 1) / kBlock;
    std::vector<u8> index(clusters * kMapEntry);
    for (size_t i = 0; i < extents.size(); ++i) {
        const Extent& extent = extents[i];
        const u64 head = extent.offset / kBlock;
        const u64 next = i + 1 < extents.size() ? extents[i + 1].offset / kBlock : clusters;
        entry(index, head, extent.compressed ? Cluster::Head : Cluster::Plain, extent.offset % kBlock,
              extent.block);
        for (u64 at = head + 1; at < next; ++at)
            entry(index, at, Cluster::Other, 0, static_cast<u32>((at - head) | (next - at) << 16));
    }
    return index;
}

}  // namespace

std::expected<CompressedFile, std::string> compress_file(const Node& node, BlockWriter& blocks,
                                                         const std::function<bool(u64)>& taken) {
    auto reader = ByteReader::open(node);
    if (!reader) return std::unexpected(reader.error());
    Window window(*reader, node.size);
    std::vector<Extent> extents;
    ImageBlock block;
    for (u64 offset = 0; offset < node.size;) {
        const auto bytes = window.look(taken);
        if (!bytes) return std::unexpected(bytes.error());
        Extent extent = store(*bytes, block);
        const auto number = blocks.append_shared(block);
        if (!number) return std::unexpected(number.error());
        extent.offset = offset;
        extent.block = *number;
        extents.push_back(extent);
        offset += extent.size;
        window.take(extent.size);
    }
    return CompressedFile{index_of(extents, node.size), static_cast<u32>(extents.size())};
}

}  // namespace occlum::image
