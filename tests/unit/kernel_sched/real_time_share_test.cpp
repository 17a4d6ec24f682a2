#include "kernel/sched/real_time_share.h"

#include <gtest/gtest.h>

namespace occlum::kernel {
namespace {

constexpr u64 kMs = 1'000'000, kStart = 5000 * kMs;

TEST(RealTimeShare, IsUsedUpBeforeTheSecondIsOverAndComesBackWithTheNext) {
    RealTimeShare share;
    share.count(kStart, kStart);
    for (u64 ms = 1; ms < 950; ++ms) share.count(kStart, kStart + ms * kMs);
    EXPECT_FALSE(share.exhausted());
    share.count(kStart, kStart + 950 * kMs);
    EXPECT_TRUE(share.exhausted());
    share.begin_period(kStart + 999 * kMs);
    EXPECT_TRUE(share.exhausted());
    share.begin_period(kStart + 1000 * kMs);
    EXPECT_FALSE(share.exhausted());
}

TEST(RealTimeShare, TimeBeforeThePeriodDoesNotCount) {
    RealTimeShare share;
    share.count(kStart, kStart + 60'000 * kMs);
    EXPECT_FALSE(share.exhausted());
}

TEST(RealTimeShare, TimeOfOthersDoesNotCount) {
    RealTimeShare share;
    share.count(kStart, kStart);
    for (u64 ms = 0; ms < 900; ms += 2) share.count(kStart + ms * kMs, kStart + (ms + 1) * kMs);
    EXPECT_FALSE(share.exhausted());
}

}  // namespace
}  // namespace occlum::kernel
