#include "image/root_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "crypto/aead.h"
#include "image/enclave_image.h"
#include "image/erofs_writer.h"
#include "image/hash_tree.h"
#include "image/pretranslate.h"
#include "image/sources/source.h"
#include "storage/image/cipher.h"
#include "storage/wire.h"

namespace occlum::image {

using namespace storage::image;

namespace {

// Encrypts the blocks in place. The digests become those of what is in the file then.
std::expected<std::vector<sgx::Hash>, std::string> encrypt(OutputFile& file, u64 blocks,
                                                           const ImageCipher& cipher) {
    constexpr u64 kAtOnce = 256;
    std::vector<sgx::Hash> digests;
    std::vector<u8> bytes;
    for (u64 first = 0; first < blocks; first += kAtOnce) {
        bytes.resize(std::min(kAtOnce, blocks - first) * kBlock);
        if (auto got = file.read(first * kBlock, bytes); !got) return std::unexpected(got.error());
        for (u64 i = 0; i * kBlock < bytes.size(); ++i) {
            const auto block = std::span(bytes).subspan(i * kBlock).first<kBlock>();
            cipher.apply(first + i, block);
            digests.push_back(host::sha256(block));
        }
        if (auto put = file.write(first * kBlock, bytes); !put) return std::unexpected(put.error());
    }
    return digests;
}

ImageBlock label_of(const ImageFacts& facts) {
    ImageBlock block{};
    const auto at = std::span<u8>(block);
    storage::store(at, 0, kLabelMagic);
    storage::store(at, kLabelBlocks, facts.measured.blocks);
    storage::store(at, kLabelFlags, u64{facts.measured.encrypted});
    std::ranges::copy(facts.measured.root_hash, at.subspan(kLabelRoot).begin());
    std::ranges::copy(facts.measured.salt, at.subspan(kLabelSalt).begin());
    storage::store(at, kLabelFiles, facts.files);
    storage::store(at, kLabelInput, facts.input);
    storage::store(at, kLabelShared, facts.shared);
    return block;
}

// From the tree in the file to the label; the facts are complete then.
std::expected<void, std::string> seal(OutputFile& file, const BlockWriter& blocks,
                                      const ImageOptions& options, ImageFacts& facts) {
    abi::MeasuredImage& measured = facts.measured;
    measured.blocks = blocks.digests().size();
    std::vector<sgx::Hash> encrypted;
    if (options.key) {
        measured.encrypted = true;
        measured.salt = image_salt(*options.key, blocks.digests());
        auto done = encrypt(file, measured.blocks, ImageCipher(*options.key, measured.salt));
        if (!done) return std::unexpected(done.error());
        encrypted = std::move(*done);
    }
    const auto root = write_hash_tree(file, options.key ? encrypted : blocks.digests());
    if (!root) return std::unexpected(root.error());
    measured.root_hash = *root;
    const u64 label_at = (measured.blocks + 1 + hash_blocks(measured.blocks)) * kBlock;
    facts.size = label_at + kBlock;
    return file.write(label_at, label_of(facts));
}

}  // namespace

std::expected<ImageFacts, std::string> build_root_image(const std::string& directory,
                                                        const std::string& output,
                                                        const ImageOptions& options) {
    if (!std::filesystem::is_directory(directory)) return std::unexpected(directory + ": not a directory");
    auto tree = read_source({.path = directory}, nullptr);
    if (!tree) return std::unexpected(tree.error());
    return build_root_image(**tree, output, options);
}

std::expected<ImageFacts, std::string> build_root_image(Tree& tree, const std::string& output,
                                                        const ImageOptions& options) {
    auto file = OutputFile::create(output);
    if (!file) return std::unexpected(file.error());
    Pretranslation translations;
    if (options.pretranslate) {
        const auto heard = [&](u64 done, u64 total) {
            return !options.progress || options.progress({.translating = true, .done = done, .total = total});
        };
        if (auto added = translations.add_to(tree, heard); !added) return std::unexpected(added.error());
    }
    ImageFacts facts;
    facts.input = tree.input;
    u64 done = 0;
    BlockWriter blocks(*file);
    ErofsWriter writer(tree, blocks, [&](u64 more) {
        done += more;
        return !options.progress ||
               options.progress({.done = done, .total = facts.input, .files = writer.files()});
    });
    if (auto wrote = writer.write(); !wrote) return std::unexpected(wrote.error());
    facts.files = writer.files();
    facts.shared = blocks.shared();
    if (auto sealed = seal(*file, blocks, options, facts); !sealed) return std::unexpected(sealed.error());
    if (auto kept = file->keep(); !kept) return std::unexpected(kept.error());
    return facts;
}

std::expected<ImageFacts, std::string> read_root_image(const std::string& path) {
    const auto file = MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    const auto bytes = file->bytes();
    if (bytes.size() < 4 * kBlock || bytes.size() % kBlock != 0)
        return std::unexpected(path + ": not an image");
    const auto label = bytes.last(kBlock);
    ImageFacts facts;
    facts.size = bytes.size();
    facts.measured.blocks = storage::load<u64>(label, kLabelBlocks);
    facts.measured.encrypted = storage::load<u64>(label, kLabelFlags) != 0;
    std::ranges::copy(label.subspan(kLabelRoot, kDigest), facts.measured.root_hash.begin());
    std::ranges::copy(label.subspan(kLabelSalt, facts.measured.salt.size()), facts.measured.salt.begin());
    facts.files = storage::load<u64>(label, kLabelFiles);
    facts.input = storage::load<u64>(label, kLabelInput);
    facts.shared = storage::load<u64>(label, kLabelShared);
    const u64 blocks = facts.measured.blocks;
    const bool sizes_fit =
        blocks > 1 && blocks <= kMostBlocks && blocks + 2 + hash_blocks(blocks) == bytes.size() / kBlock;
    if (storage::load<u64>(label, 0) != kLabelMagic || !sizes_fit)
        return std::unexpected(path + ": not an image");
    return facts;
}

}  // namespace occlum::image
