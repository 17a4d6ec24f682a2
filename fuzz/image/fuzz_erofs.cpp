// The reader of images, with a builder that is not good: the hashes fit, the EROFS in it is anything.
// Whatever is read ends, in bounds, and names are what the kernel may take for names.
#include <algorithm>
#include <cstddef>

#include "crypto/sha256.h"
#include "storage/image/reader.h"

namespace {

using namespace occlum;
using namespace occlum::storage::image;

void demand(bool rule) {
    if (!rule) __builtin_trap();
}

// The input, a block for dm-verity's superblock, one block of hashes.
class Source final : public ImageSource {
public:
    explicit Source(std::span<const u8> input)
        : blocks(std::max<u64>((input.size() + kBlock - 1) / kBlock, 2)) {
        bytes_.resize((blocks + 2) * kBlock);
        std::ranges::copy(input, bytes_.begin());
        for (u64 i = 0; i < blocks; ++i)
            std::ranges::copy(crypto::sha256(block(i)), block(blocks + 1).subspan(i * kDigest).begin());
        root = crypto::sha256(block(blocks + 1));
    }
    Result<void> read(u64 first, std::span<u8> out) override {
        if (first * kBlock + out.size() > bytes_.size()) return err(Errno::Eio);
        std::ranges::copy(std::span(bytes_).subspan(first * kBlock, out.size()), out.begin());
        return {};
    }
    u64 blocks;
    crypto::Digest root{};

private:
    std::span<u8> block(u64 number) { return std::span(bytes_).subspan(number * kBlock, kBlock); }
    std::vector<u8> bytes_;
};

struct Names final : ImageNameSink {
    void take(const ImageName& name) override {
        demand(!name.name.empty() && name.name.size() <= kMostName);
        demand(name.name.find('/') == std::string_view::npos && name.name != "." && name.name != "..");
        if (all.size() < 100) all.emplace_back(name.name, name.number);
    }
    std::vector<std::pair<std::string, u64>> all;
};

void look_at(ImageReader& reader, u64 number, int& left, int depth) {
    if (--left < 0 || depth > 8) return;
    const auto node = reader.node(number);
    if (!node) return;
    (void)reader.xattrs(*node);
    (void)reader.read_link(*node);
    std::vector<u8> bytes(std::min<u64>(node->size, 100'000));
    (void)reader.read(*node, 0, bytes);
    const u64 behind = node->size - std::min<u64>(node->size, 3000);
    (void)reader.read(*node, behind, std::span(bytes).first(static_cast<size_t>(node->size - behind)));
    Names names;
    (void)reader.list(*node, names);
    for (const auto& [name, child] : names.all) {
        (void)reader.lookup(*node, name);
        look_at(reader, child, left, depth + 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, size_t size) {
    if (size > 126 * kBlock) return 0;
    Source source({data, size});
    auto blocks = VerifiedBlocks::make(source, {source.root, source.blocks}, std::nullopt, 64);
    if (!blocks) return 0;
    auto reader = ImageReader::open(std::move(*blocks));
    if (!reader) return 0;
    int left = 60;
    look_at(**reader, (*reader)->root(), left, 0);
    return 0;
}
