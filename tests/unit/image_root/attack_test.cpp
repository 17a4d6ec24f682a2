// Whoever keeps the image changes it: what is read is as it was built, or EIO. IMAGE_ATTACKS=10000 is the
// long form.
#include <gtest/gtest.h>

#include "tests/unit/image_root/support.h"

namespace occlum::image::test {
namespace {

void small_tree(const fs::path& root) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 60; ++i)
        write_file(root / std::to_string(i % 7) / std::to_string(i), random_text(random, random() % 30000));
}

class Attacker {
public:
    Attacker(std::vector<u8> good, std::vector<u8> other, u64 blocks)
        : good_(std::move(good)), other_(std::move(other)), blocks_(blocks) {}
    std::vector<u8> attack(std::mt19937_64& random) const {
        auto bytes = good_;
        switch (random() % 6) {
            case 0:
                for (u64 i = random() % 3 + 1; i > 0; --i)
                    bytes[random() % bytes.size()] ^= u8(1 << random() % 8);
                break;
            case 1:
                bytes.resize(random() % bytes.size());
                break;
            case 2: {
                const auto one = block(bytes, random());
                std::swap_ranges(one, one + long(si::kBlock), block(bytes, random()));
                break;
            }
            case 3: {  // of another image, in the same place
                const size_t at = random() % std::min(bytes.size(), other_.size()) / si::kBlock * si::kBlock;
                std::copy_n(other_.begin() + long(at), si::kBlock, bytes.begin() + long(at));
                break;
            }
            case 4:  // another file system with its own good hashes
                bytes = other_;
                break;
            default:
                std::fill_n(block(bytes, random()), si::kBlock, u8{0});
        }
        return bytes;
    }

private:
    std::vector<u8>::iterator block(std::vector<u8>& bytes, u64 number) const {
        return bytes.begin() + long(number % blocks_ * si::kBlock);
    }
    std::vector<u8> good_, other_;
    u64 blocks_;
};

void attack_many(std::optional<ImageKey> key) {
    Folder folder;
    small_tree(folder.path / "tree");
    const std::string output = folder.path / "image";
    const auto facts = *build_root_image(folder.path / "tree", output, {.key = key});
    write_file(folder.path / "tree/3/more", "more");
    (void)build_root_image(folder.path / "tree", folder.path / "other", {.key = key});
    fs::remove(folder.path / "tree/3/more");
    const Attacker attacker(bytes_of(output), bytes_of(folder.path / "other"), facts.measured.blocks);
    const char* wanted = std::getenv("IMAGE_ATTACKS");
    std::mt19937_64 random(11);
    u64 refused = 0;
    for (int i = wanted != nullptr ? std::atoi(wanted) : 150; i > 0; --i) {
        MemoryImage source(attacker.attack(random));
        auto reader = open_image(source, facts.measured, key, 40);
        u64 errors = 0;
        if (reader) {
            // Times of directories have changed with the other image; only contents count.
            for (const auto& directory : fs::directory_iterator(folder.path / "tree")) {
                const auto root = (*reader)->node((*reader)->root());
                if (!root) {
                    ++errors;
                    continue;
                }
                const auto number = (*reader)->lookup(*root, directory.path().filename().string());
                if (!number) {
                    ASSERT_EQ(number.error(), Errno::Eio);
                    ++errors;
                    continue;
                }
                for (const auto& file : fs::directory_iterator(directory)) {
                    const auto node = (*reader)->node(*number);
                    const auto at =
                        node ? (*reader)->lookup(*node, file.path().filename().string()) : err(Errno::Eio);
                    if (!at) {
                        ASSERT_EQ(at.error(), Errno::Eio);
                        ++errors;
                        continue;
                    }
                    ASSERT_EQ(difference(**reader, *at, file.path(), errors), "");
                }
            }
        } else {
            ASSERT_TRUE(reader.error() == Errno::Eio);
        }
        refused += !reader || errors != 0;
    }
    EXPECT_GT(refused, 50u);
}

TEST(ImageAttack, ChangedBlocksAreRefused) { attack_many({}); }
TEST(ImageAttack, ChangedBlocksOfAnEncryptedImageAreRefused) { attack_many(ImageKey{4}); }

// With good hashes but bad contents: nothing may crash, or go on for ever.
TEST(ImageAttack, ABadBuilderIsNotTheEnd) {
    Folder folder;
    small_tree(folder.path / "tree");
    const std::string output = folder.path / "image";
    const auto facts = *build_root_image(folder.path / "tree", output, {});
    const auto good = bytes_of(output);
    std::mt19937_64 random(5);
    for (int round = 0; round < 400; ++round) {
        auto bytes = good;
        bytes.resize(facts.measured.blocks * si::kBlock);
        for (int i = 0; i < 200; ++i) {
            // Mostly in the metadata, which is at the end.
            const size_t at =
                random() % 4 == 0 ? random() % bytes.size() : bytes.size() - 1 - random() % 40000;
            bytes[at] = static_cast<u8>(random());
        }
        MemoryImage source(bytes);
        const auto measured = rehash(source);
        auto reader = open_image(source, measured);
        if (!reader) continue;
        walk(**reader);
    }
}

}  // namespace
}  // namespace occlum::image::test
