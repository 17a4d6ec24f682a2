// The reader of ELF headers against hostile files: each is refused, none harms.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "elf_builder.h"

namespace occlum::kernel {
namespace {

Errno refusal(const ElfBuilder& builder) {
    const auto bytes = builder.build();
    const auto image = read_elf(BytesSource(bytes));
    return image ? Errno{} : image.error();
}

/// What the loader relies on.
void expect_sound(const ElfImage& image, u64 file_size) {
    ASSERT_FALSE(image.segments.empty());
    u64 last = 0;
    for (const ElfSegment& segment : image.segments) {
        EXPECT_LE(last, segment.address);
        EXPECT_LE(segment.file_size, segment.memory_size);
        EXPECT_LE(segment.offset + segment.file_size, file_size);
        EXPECT_EQ(segment.offset % kPageSize, segment.address % kPageSize);
        last = segment.end();
    }
    EXPECT_LE(last, u64{1} << 32);
    EXPECT_EQ(image.alignment & (image.alignment - 1), 0u);
}

TEST(ReadElf, TakesSoundFiles) {
    const auto bytes = ElfBuilder{}.build();
    const auto image = read_elf(BytesSource(bytes));
    ASSERT_TRUE(image);
    expect_sound(*image, bytes.size());
    EXPECT_EQ(image->program_headers, 0x40'0040u);
    EXPECT_FALSE(image->position_independent);
}

TEST(ReadElf, RefusesEachBadField) {
    auto refused = [](auto change) {
        ElfBuilder builder;
        change(builder);
        EXPECT_EQ(refusal(builder), Errno::Enoexec);
    };
    refused([](ElfBuilder& b) { b.type = 1; });
    refused([](ElfBuilder& b) { b.machine = 3; });
    refused([](ElfBuilder& b) { b.size = 63; });
    refused([](ElfBuilder& b) { b.size = 100; });
    refused([](ElfBuilder& b) { b.segments.clear(); });
    refused([](ElfBuilder& b) { b.entry = 0; });
    refused([](ElfBuilder& b) { b.entry = 0x40'2000; });
    refused([](ElfBuilder& b) { b.segments[0].flags = 6; });
    refused([](ElfBuilder& b) { b.segments[0].file_size = 0x2001; });
    refused([](ElfBuilder& b) { b.size = 0x1fff; });
    refused([](ElfBuilder& b) { b.segments[0].offset = ~u64{0} - 0xfff; });
    refused([](ElfBuilder& b) { b.segments[0].offset = 8; });
    refused([](ElfBuilder& b) { b.segments[0].memory_size = ~u64{0}; });
    refused([](ElfBuilder& b) { b.segments[0].address = u64{1} << 40; });
    refused([](ElfBuilder& b) { b.segments[0].alignment = 3; });
    refused([](ElfBuilder& b) { b.segments[0].alignment = u64{1} << 50; });
    refused([](ElfBuilder& b) { b.segments.push_back(b.segments[0]); });
    refused([](ElfBuilder& b) { b.segments.push_back({.type = 3, .offset = 0x2ff0, .file_size = 0x100}); });
    refused([](ElfBuilder& b) { b.segments.push_back({.type = 3, .offset = 0x2000, .file_size = 16}); });
    refused([](ElfBuilder& b) { b.segments.push_back({.type = 3, .offset = ~u64{0}, .file_size = 2}); });
}

std::vector<u8> file_bytes(const char* path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ReadElf, RealPrograms) {
    for (const char* path : {"/bin/busybox", "/bin/true", "/lib64/ld-linux-x86-64.so.2", "/proc/self/exe"}) {
        const auto bytes = file_bytes(path);
        if (bytes.empty()) continue;
        const auto image = read_elf(BytesSource(bytes));
        ASSERT_TRUE(image) << path;
        expect_sound(*image, bytes.size());
    }
}

TEST(ReadElf, MutationsNeverBreakTheRules) {
    std::mt19937 random(11);
    auto original = file_bytes("/bin/true");
    if (original.size() < 4096) original = ElfBuilder{}.build();
    int accepted = 0;
    for (int round = 0; round < 200'000; ++round) {
        auto bytes = original;
        if (random() % 16 == 0) bytes.resize(random() % bytes.size());
        for (unsigned changes = 1 + random() % 4; changes-- > 0 && !bytes.empty();) {
            const size_t at = random() % std::min<size_t>(bytes.size(), 64 + 13 * 56);
            bytes[at] =
                random() % 2 ? static_cast<u8>(random()) : std::array<u8, 4>{0, 0xff, 0x80, 1}[random() % 4];
        }
        if (const auto image = read_elf(BytesSource(bytes))) {
            expect_sound(*image, bytes.size());
            ++accepted;
        }
    }
    EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace occlum::kernel
