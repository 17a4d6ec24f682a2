// What goes into an image comes out; what was changed on the way does not.
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cstring>

#include "image/enclave_image.h"
#include "tests/unit/image_root/support.h"

namespace occlum::image::test {
namespace {

class RootImage : public testing::Test {
protected:
    RootImage() { make_tree(tree, 1); }
    ImageFacts build(std::optional<ImageKey> key = {}) {
        auto facts = build_root_image(tree, output, {.key = key});
        EXPECT_TRUE(facts) << (facts ? "" : facts.error());
        return facts.value_or(ImageFacts{});
    }
    void expect_same(MemoryImage& source, const ImageFacts& facts, std::optional<ImageKey> key = {}) {
        auto reader = open_image(source, facts.measured, key, 64);
        ASSERT_TRUE(reader);
        u64 errors = 0;
        EXPECT_EQ(difference(**reader, (*reader)->root(), tree, errors), "");
        EXPECT_EQ(errors, 0u);
    }
    Folder folder;
    fs::path tree = folder.path / "tree";
    std::string output = folder.path / "image";
};

TEST_F(RootImage, GivesBackTheTree) {
    const auto facts = build();
    MemoryImage source(bytes_of(output));
    EXPECT_EQ(source.bytes.size(), facts.size);
    expect_same(source, facts);
    EXPECT_GT(facts.shared, 0u);  // the twin
}

TEST_F(RootImage, EncryptedGivesItBackForTheKeyOnly) {
    const ImageKey key{1, 2, 3};
    const auto facts = build(key);
    MemoryImage source(bytes_of(output));
    expect_same(source, facts, key);
    EXPECT_EQ(open_image(source, facts.measured, ImageKey{9}).error(), Errno::Einval);
    // Neither names nor contents show.
    const std::string all(source.bytes.begin(), source.bytes.end());
    EXPECT_FALSE(all.contains("a name that takes"));
}

TEST_F(RootImage, SameInputSameBytes) {
    const auto first = build(ImageKey{5});
    const auto bytes = bytes_of(output);
    EXPECT_EQ(build(ImageKey{5}).measured, first.measured);
    EXPECT_EQ(bytes_of(output), bytes);
    write_file(tree / "d/more", "x");
    const auto other = build(ImageKey{5}).measured;
    EXPECT_NE(other.root_hash, first.measured.root_hash);
    EXPECT_NE(other.salt, first.measured.salt);
}

TEST_F(RootImage, OneByteChangesTheRoot) {
    const auto before = build().measured.root_hash;
    struct stat st{};
    lstat((tree / "twin").c_str(), &st);
    std::fstream(tree / "twin", std::ios::in | std::ios::out).seekp(777).put('!');
    const timespec times[2] = {st.st_mtim, st.st_mtim};
    utimensat(AT_FDCWD, (tree / "twin").c_str(), times, 0);
    EXPECT_NE(build().measured.root_hash, before);
}

// The smallest file that is an enclave image, with the configuration: what its MRENCLAVE is.
sgx::Hash measure(const fs::path& folder, const abi::MeasuredConfig& config) {
    Elf64_Ehdr header{};
    std::copy_n(ELFMAG, SELFMAG, header.e_ident);
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_flags = PF_R;
    segment.p_filesz = segment.p_memsz = 128;
    std::string bytes(kPageSize, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
    write_file(folder / "enclave", bytes);
    const auto image = EnclaveImage::read(folder / "enclave", 1, abi::encode_measured_config(config));
    EXPECT_TRUE(image);
    return image ? image->measure() : sgx::Hash{};
}

TEST_F(RootImage, MrenclaveTellsWhichImage) {
    const auto with = [&] {
        abi::MeasuredConfig config;
        config.images.push_back(build().measured);
        return measure(folder.path, config);
    };
    const auto first = with();
    EXPECT_EQ(with(), first);
    EXPECT_NE(measure(folder.path, {}), first);
    std::fstream(tree / "twin", std::ios::in | std::ios::out).seekp(9).put('!');
    EXPECT_NE(with(), first);
}

TEST_F(RootImage, SaysWhatItIs) {
    const auto facts = build();
    const auto again = read_root_image(output);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->measured, facts.measured);
    EXPECT_EQ(again->files, facts.files);
    auto bytes = bytes_of(output);
    bytes.resize(bytes.size() - si::kBlock);
    std::ofstream(output, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    EXPECT_FALSE(read_root_image(output));
}

TEST_F(RootImage, KeepsAttributes) {
    const fs::path file = tree / "sizes/100";
    if (setxattr(file.c_str(), "user.colour", "blue", 4, 0) != 0) GTEST_SKIP() << "no attributes here";
    const auto facts = build();
    MemoryImage source(bytes_of(output));
    auto reader = *open_image(source, facts.measured);
    const u64 sizes = *reader->lookup(*reader->node(reader->root()), "sizes");
    const auto node = *reader->node(*reader->lookup(*reader->node(sizes), "100"));
    EXPECT_EQ(*reader->xattrs(node), (std::map<std::string, std::string>{{"user.colour", "blue"}}));
    std::vector<u8> text(100);
    EXPECT_TRUE(reader->read(node, 0, text));
    EXPECT_EQ(text, bytes_of(file));
}

TEST_F(RootImage, FailureLeavesTheOldOne) {
    build();
    const auto bytes = bytes_of(output);
    const auto stopped =
        build_root_image(tree, output, {.progress = [](const ImageProgress& p) { return p.done < 500000; }});
    EXPECT_FALSE(stopped);
    EXPECT_FALSE(build_root_image(tree / "absent", output, {}));
    EXPECT_EQ(bytes_of(output), bytes);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), {}), 2);
}

TEST_F(RootImage, ChecksOnlyWhatIsUsed) {
    const auto facts = build();
    MemoryImage source(bytes_of(output));
    auto reader = *open_image(source, facts.measured);
    (void)reader->lookup(*reader->node(reader->root()), "twin");
    EXPECT_LT(source.reads, 60u);
}

TEST_F(RootImage, StandardToolsAcceptIt) {
    const auto facts = build();
    if (std::system("command -v fsck.erofs >/dev/null") != 0) GTEST_SKIP() << "no fsck.erofs";
    EXPECT_EQ(std::system(("fsck.erofs " + output + " >/dev/null").c_str()), 0);
    if (std::system("command -v veritysetup >/dev/null") != 0) return;
    std::string root;
    for (u8 byte : facts.measured.root_hash) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        root += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    const std::string offset = std::to_string(facts.measured.blocks * si::kBlock);
    EXPECT_EQ(
        std::system(("veritysetup verify --hash-offset=" + offset + " " + output + " " + output + " " + root)
                        .c_str()),
        0);
}

}  // namespace
}  // namespace occlum::image::test
