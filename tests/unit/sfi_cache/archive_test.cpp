// Translations that were made beforehand: they run as if they were made now, and whatever stands in an
// archive, nothing but what the verifier accepts gets into the cache.
#include "sfi/cache/archive.h"

#include <algorithm>
#include <random>

#include "cache_fixture.h"
#include "sfi/cache/hosted/pretranslate.h"

namespace occlum::sfi {
namespace {

struct StoredBytes final : Bytes {
    using Bytes::Bytes;
    const Archive* archive() const override { return stored.get(); }
    RefPtr<Archive> stored;
};

// f: mov $5,%eax; call g; syscall     g: add $2,%eax; jmp h; (far away) h: ret
Ref<StoredBytes> program() {
    auto bytes = make_ref<StoredBytes>(std::initializer_list<u8>{
        0xb8, 5, 0, 0, 0, 0xe8, 2, 0, 0, 0, 0x0f, 0x05, 0x83, 0xc0, 2, 0xe9, 0xec, 0x0e, 0, 0});
    bytes->memory[0xf00] = 0xc3;
    return bytes;
}

class ArchiveTest : public CacheTest {
protected:
    std::vector<u8> archive_of(const Bytes& bytes) {
        return pretranslate({kGuestCode, 0, bytes.memory, kPageSize, GetParam(), {kGuestCode}});
    }
    static RefPtr<Archive> open(std::vector<u8> contents) {
        auto bytes = make_ref<Bytes>(std::initializer_list<u8>{});
        bytes->memory = std::move(contents);
        return Archive::open(bytes);
    }
};

TEST_P(ArchiveTest, StoredCodeRunsAndNothingIsTranslated) {
    const auto bytes = program();
    bytes->stored = open(archive_of(*bytes));
    ASSERT_TRUE(bytes->stored);
    EXPECT_EQ(run(*space({mapping(bytes, 1)})), 7u);
    EXPECT_GT(cache_->stats().units, 0u);
    EXPECT_EQ(cache_->stats().stored_units, cache_->stats().units);
    EXPECT_EQ(cache_->stats().rejected, 0u);
}

TEST_P(ArchiveTest, ItIsForOneMappingOnly) {
    const auto bytes = program();
    bytes->stored = open(archive_of(*bytes));
    EXPECT_EQ(run(*space({mapping(bytes, 1, 0x500000)}), 0x500000), 7u);
    EXPECT_EQ(cache_->stats().stored_units, 0u);
    EXPECT_TRUE(bytes->stored->serves(kGuestCode, kPageSize, 0, GetParam()));
    EXPECT_FALSE(bytes->stored->serves(kGuestCode, kPageSize, 0, !GetParam()));
    EXPECT_FALSE(bytes->stored->serves(kGuestCode, 2 * kPageSize, 0, GetParam()));
    EXPECT_FALSE(bytes->stored->serves(kGuestCode, kPageSize, kPageSize, GetParam()));
}

TEST_P(ArchiveTest, WhatIsNotInItIsTranslated) {
    const auto bytes = program();
    bytes->stored = open(archive_of(*returns(9)));
    const auto here = space({mapping(bytes, 1)});
    EXPECT_EQ(run(*here), 9u) << "an archive is believed, as its file is";
    EXPECT_TRUE(cache_->resolve(*here, {kGuestCode + 12}));
    EXPECT_GT(cache_->stats().units, cache_->stats().stored_units);
}

TEST_P(ArchiveTest, CodeThatTheVerifierRefusesIsTranslatedInstead) {
    const auto bytes = program();
    std::vector<u8> evil = archive_of(*bytes);
    // A host system call in the place of `add $2,%eax`.
    const std::array<u8, 3> add{0x83, 0xc0, 2};
    const auto found = std::search(evil.begin(), evil.end(), add.begin(), add.end());
    ASSERT_NE(found, evil.end());
    const std::array<u8, 3> host_call{0x0f, 0x05, 0x90};
    std::ranges::copy(host_call, found);
    bytes->stored = open(evil);
    EXPECT_EQ(run(*space({mapping(bytes, 1)})), 7u);
    EXPECT_GT(cache_->stats().rejected, 0u);
}

TEST_P(ArchiveTest, AnythingMayStandInAnArchive) {
    std::mt19937 random(1);
    const auto bytes = program();
    const std::vector<u8> good = archive_of(*bytes);
    for (int round = 0; round < 3000; ++round) {
        std::vector<u8> bad = good;
        for (u32 n = random() % 4; n-- > 0;) bad[random() % bad.size()] = static_cast<u8>(random());
        // Whole words, where sizes and places are.
        if (random() % 2) {
            const size_t word = random() % (bad.size() / 4) * 4;
            const u32 value = random() % 3 == 0 ? ~u32{0} >> (random() % 32) : random() % 256;
            std::memcpy(&bad[word], &value, 4);
        }
        if (random() % 8 == 0) bad.resize(random() % bad.size());
        const auto damaged = program();
        damaged->stored = open(bad);
        const auto here = space({mapping(damaged, static_cast<u64>(round) + 2)});
        for (const u64 at : {u64{0}, u64{5}, u64{10}, u64{12}, u64{15}, u64{0xf00}})
            EXPECT_TRUE(cache_->resolve(*here, {kGuestCode + at}));
        cache_->flush();
    }
}

INSTANTIATE_TEST_SUITE_P(Pairs, ArchiveTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "paired" : "plain"; });

}  // namespace
}  // namespace occlum::sfi
