#include "image/hash_tree.h"

#include <algorithm>

#include "storage/wire.h"

namespace occlum::image {

using namespace storage::image;

namespace {

struct Level {
    std::vector<u8> bytes;  // whole blocks
    std::vector<sgx::Hash> digests;
};

Level level_over(const std::vector<sgx::Hash>& below) {
    Level level;
    level.bytes.resize((below.size() + kDigestsInBlock - 1) / kDigestsInBlock * kBlock);
    for (size_t i = 0; i < below.size(); ++i)
        std::ranges::copy(below[i], std::span(level.bytes).subspan(i * kDigest).begin());
    for (size_t at = 0; at < level.bytes.size(); at += kBlock)
        level.digests.push_back(host::sha256(std::span(level.bytes).subspan(at, kBlock)));
    return level;
}

// Offsets as cryptsetup's struct verity_sb has them. There is no salt.
ImageBlock verity_superblock(u64 blocks, const sgx::Hash& root) {
    ImageBlock block{};
    const auto at = std::span<u8>(block);
    storage::store(at, 0, u64{0x0000'7974'6972'6576});  // "verity"
    storage::store(at, 8, u32{1});
    storage::store(at, 12, u32{1});
    std::ranges::copy(std::span(root).first<16>(), at.subspan(16).begin());
    std::ranges::copy(std::string_view("sha256"), at.subspan(32).begin());
    storage::store(at, 64, static_cast<u32>(kBlock));
    storage::store(at, 68, static_cast<u32>(kBlock));
    storage::store(at, 72, blocks);
    return block;
}

}  // namespace

std::expected<sgx::Hash, std::string> write_hash_tree(OutputFile& file,
                                                      const std::vector<sgx::Hash>& digests) {
    std::vector<Level> levels;
    const auto* below = &digests;
    do {
        levels.push_back(level_over(*below));
        below = &levels.back().digests;
    } while (below->size() > 1);
    const sgx::Hash root = below->front();
    u64 at = digests.size() * kBlock;
    if (auto put = file.write(at, verity_superblock(digests.size(), root)); !put)
        return std::unexpected(put.error());
    at += kBlock;
    std::ranges::reverse(levels);
    for (const Level& level : levels) {
        if (auto put = file.write(at, level.bytes); !put) return std::unexpected(put.error());
        at += level.bytes.size();
    }
    return root;
}

}  // namespace occlum::image
