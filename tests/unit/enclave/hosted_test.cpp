// The hosted faces behave as the kernel's tests expect them to.
#include "enclave/hosted/hosted.h"

#include <gtest/gtest.h>

#include <array>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/pages.h"

namespace occlum::enclave {

namespace {

u8& byte_at(u64 address) { return *reinterpret_cast<u8*>(address); }

TEST(HostedPages, commit_protect_and_decommit) {
    const u64 base = elrange_base();
    EXPECT_EQ(base % abi::kElrangeSize, 0u);
    const u64 at = base + abi::kDomainsOffset + (5 << 20);
    ASSERT_TRUE(commit_pages(at, 4 * kPageSize, kProtReadWrite));
    EXPECT_EQ(byte_at(at), 0);
    byte_at(at) = 7;
    ASSERT_TRUE(protect_pages(at, kPageSize, kProtReadWrite, kProtRead));
    EXPECT_EQ(byte_at(at), 7);
    ASSERT_TRUE(decommit_pages(at, 2 * kPageSize));
    ASSERT_TRUE(commit_pages(at, 2 * kPageSize, kProtReadWrite));
    EXPECT_EQ(byte_at(at), 0);
    const u64 before = page_use().committed;
    ASSERT_TRUE(decommit_pages(at, 4 * kPageSize));
    EXPECT_EQ(before - page_use().committed, 4 * kPageSize);
}

TEST(HostedPagesDeathTest, committing_twice_is_refused) {
    const u64 at = elrange_base() + abi::kHeapOffset;
    EXPECT_DEATH(
        {
            (void)commit_pages(at, 4 * kPageSize, kProtReadWrite);
            (void)commit_pages(at + 3 * kPageSize, kPageSize, kProtReadWrite);
        },
        "already there");
}

TEST(HostedConsole, is_captured) {
    hosted::capture_console("abc");
    std::array<u8, 2> two{};
    EXPECT_EQ(console_read(0, two), 2u);
    EXPECT_EQ(console_read(0, two), 1u);
    EXPECT_EQ(console_read(0, two), 0u);
    EXPECT_EQ(console_write(1, two), 2u);
    EXPECT_EQ(hosted::take_console_output(1).size(), 2u);
}

TEST(HostedTime, goes_on_and_waits_end) {
    const u64 start = monotonic_ns();
    std::array<abi::PollEntry, 0> none;
    EXPECT_TRUE(host_wait(1'000'000, none));
    EXPECT_GE(monotonic_ns() - start, 1'000'000u);
    host_kick(0);
    EXPECT_TRUE(host_wait(~u64{0}, none));
}

}  // namespace

}  // namespace occlum::enclave
