#include "kernel/profile/sample_table.h"

#include <gtest/gtest.h>

#include <thread>

#include "kernel/profile/places.h"

namespace occlum::kernel::profile {
namespace {

TEST(SampleTable, CountsByKey) {
    SampleTable table(1 << 10);
    for (int round = 0; round < 3; ++round)
        for (u64 key = 1; key <= 100; ++key) table.add(key * 0x1000);
    table.add(0x1000);
    const auto entries = table.entries();
    ASSERT_EQ(entries.size(), 100u);
    EXPECT_EQ(entries.front().key, 0x1000u);
    EXPECT_EQ(entries.front().count, 4u);
    EXPECT_EQ(entries.back().key, 100 * 0x1000u);
    EXPECT_EQ(entries.back().count, 3u);
    EXPECT_EQ(table.lost(), 0u);
}

TEST(SampleTable, SaysWhatItHadNoRoomFor) {
    SampleTable table(64);
    for (u64 key = 1; key <= 1000; ++key) table.add(key);
    u64 kept = 0;
    for (const auto& entry : table.entries()) kept += entry.count;
    EXPECT_LE(table.entries().size(), 64u);
    EXPECT_EQ(kept + table.lost(), 1000u);
}

TEST(SampleTable, LosesNothingBetweenThreads) {
    SampleTable table(1 << 10);
    constexpr u64 kKeys = 200, kRounds = 500;
    const auto count = [&] {
        for (u64 round = 0; round < kRounds; ++round)
            for (u64 key = 1; key <= kKeys; ++key) table.add(key);
    };
    std::thread other(count);
    count();
    other.join();
    const auto entries = table.entries();
    ASSERT_EQ(entries.size(), kKeys);
    for (const auto& entry : entries) EXPECT_EQ(entry.count, 2 * kRounds);
}

TEST(SampleTable, KeysHoldSourceAndOffset) {
    const u64 key = place_key(1023, 0xffff'ffff'ffff);
    EXPECT_EQ(source_of(key), 1023u);
    EXPECT_EQ(offset_of(key), 0xffff'ffff'ffffu);
    EXPECT_NE(place_key(0, 0), 0u);
    EXPECT_EQ(source_of(place_key(0, 0)), 0u);
}

}  // namespace
}  // namespace occlum::kernel::profile
