// Images in memory, and trees to make them of.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "image/root_image.h"
#include "storage/image/reader.h"

namespace occlum::image::test {

namespace fs = std::filesystem;
namespace si = storage::image;

/// A directory that goes with the test.
class Folder {
public:
    Folder() {
        std::string name = "/tmp/occlum-image-XXXXXX";
        path = mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

inline std::vector<u8> bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

/// Bytes that compress, or do not.
inline std::string random_text(std::mt19937_64& random, size_t size) {
    std::string text;
    const bool dense = random() % 4 == 0;
    while (text.size() < size) {
        if (dense || random() % 3 == 0)
            for (int i = 0; i < 8; ++i) text += static_cast<char>(random());
        else if (text.size() > 100 && random() % 2 == 0)
            text += text.substr(random() % (text.size() - 50), random() % 900);
        else
            text.append(random() % 20000, static_cast<char>(random() % 3));
    }
    text.resize(size);
    return text;
}

inline void make_tree(const fs::path& root, u64 seed) {
    std::mt19937_64 random(seed);
    const std::vector<size_t> sizes{0,    1,    100,  4000,  4031,  4032,  4033,   4095,
                                    4096, 4097, 8192, 10000, 65536, 65537, 300000, 1500000};
    for (size_t i = 0; i < sizes.size(); ++i)
        write_file(root / "sizes" / std::to_string(sizes[i]), random_text(random, sizes[i]));
    for (int i = 0; i < 700; ++i)
        write_file(root / "many" / ("a name that takes some room " + std::to_string(i)), std::to_string(i));
    for (int i = 0; i < 30; ++i)
        write_file(
            root / "d" / std::to_string(random() % 5) / std::to_string(random() % 5) / std::to_string(i),
            random_text(random, random() % 50000));
    fs::copy_file(root / "sizes/300000", root / "twin");
    fs::create_hard_link(root / "twin", root / "d/linked");
    fs::create_symlink("sizes/100", root / "link");
    fs::create_symlink(std::string(1000, 'x'), root / "d/dangling");
    fs::create_directories(root / "empty");
    fs::permissions(root / "twin", fs::perms(04751));
}

/// The blocks of a file, which a test may change. Reads can be watched.
class MemoryImage final : public si::ImageSource {
public:
    explicit MemoryImage(std::vector<u8> all) : bytes(std::move(all)) {}
    Result<void> read(u64 first, std::span<u8> out) override {
        reads += out.size() / si::kBlock;
        for (size_t i = 0; i < out.size(); ++i) {
            const u64 at = first * si::kBlock + i;
            out[i] = at < bytes.size() ? bytes[at] : 0;
        }
        return {};
    }
    std::vector<u8> bytes;
    u64 reads = 0;
};

inline Result<std::unique_ptr<si::ImageReader>> open_image(si::ImageSource& source,
                                                           const abi::MeasuredImage& image,
                                                           std::optional<ImageKey> key = {},
                                                           size_t limit = 1024) {
    std::optional<si::ImageCipher> cipher;
    if (image.encrypted) cipher.emplace(key.value_or(ImageKey{}), image.salt);
    auto blocks = TRY(si::VerifiedBlocks::make(source, {image.root_hash, image.blocks}, cipher, limit));
    return si::ImageReader::open(std::move(blocks));
}

class Names final : public si::ImageNameSink {
public:
    void take(const si::ImageName& name) override { all[std::string(name.name)] = name.number; }
    std::map<std::string, u64> all;
};

/// What is wrong in the image at `node`, which should be as the host has it at `path`; empty: nothing. Errors
/// of the reader are only counted.
std::string difference(si::ImageReader& reader, u64 number, const fs::path& path, u64& errors);

/// Good hashes over the blocks as they are now, in the source.
abi::MeasuredImage rehash(MemoryImage& source);
/// Reads all that can be reached, within bounds. Errors are fine.
void walk(si::ImageReader& reader);

}  // namespace occlum::image::test
