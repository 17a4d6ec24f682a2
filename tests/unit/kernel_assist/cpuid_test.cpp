// The leaves agree with each other.
#include "kernel/assist/cpuid.h"

#include <gtest/gtest.h>

#include "kernel/assist/assist.h"

namespace occlum::kernel {
namespace {

constexpr bool bit(u32 value, unsigned n) { return (value >> n) & 1; }

TEST(Cpuid, VendorAndLimits) {
    const auto basic = cpuid(0, 0);
    EXPECT_EQ(basic.ebx, 0x756e6547u);  // "Genu"
    EXPECT_EQ(basic.edx, 0x49656e69u);
    EXPECT_EQ(basic.ecx, 0x6c65746eu);
    EXPECT_GE(basic.eax, 0xdu);
    EXPECT_EQ(cpuid(basic.eax + 1, 0), CpuidAnswer{});
    const u32 last = cpuid(0x8000'0000, 0).eax;
    EXPECT_EQ(cpuid(last + 1, 0), CpuidAnswer{});
}

TEST(Cpuid, IsLevelThree) {
    const auto features = cpuid(1, 0), seven = cpuid(7, 0), extended = cpuid(0x8000'0001, 0);
    for (unsigned n : {0u, 9u, 12u, 13u, 19u, 20u, 22u, 23u, 26u, 27u, 28u, 29u})
        EXPECT_TRUE(bit(features.ecx, n)) << n;
    for (unsigned n : {0u, 8u, 15u, 23u, 24u, 25u, 26u}) EXPECT_TRUE(bit(features.edx, n)) << n;
    for (unsigned n : {3u, 5u, 8u}) EXPECT_TRUE(bit(seven.ebx, n)) << n;
    EXPECT_TRUE(bit(extended.ecx, 0) && bit(extended.ecx, 5));
}

TEST(Cpuid, OffersNothingThatIsRefused) {
    const auto seven = cpuid(7, 0);
    EXPECT_FALSE(bit(seven.ebx, 0)) << "FSGSBASE";
    for (unsigned n : {4u, 11u, 16u, 17u, 21u, 26u, 27u, 28u, 30u, 31u}) EXPECT_FALSE(bit(seven.ebx, n)) << n;
    EXPECT_EQ(seven.ecx, 0u) << "protection keys, RDPID, AVX-512";
    EXPECT_EQ(seven.eax, 0u);
    EXPECT_FALSE(bit(cpuid(0xd, 1).eax, 3)) << "XSAVES";
}

TEST(Cpuid, StateSizesAddUp) {
    const auto sizes = cpuid(0xd, 0), avx = cpuid(0xd, 2);
    EXPECT_EQ(sizes.eax, 7u);
    EXPECT_EQ(sizes.ebx, avx.ebx + avx.eax);
    EXPECT_EQ(sizes.ecx, sizes.ebx);
    EXPECT_EQ(sizes.ebx, kXsaveSize);
    EXPECT_EQ(cpuid(0xd, 1).ebx, kXsaveSize);
    for (u32 n = 3; n < 20; ++n) EXPECT_EQ(cpuid(0xd, n), CpuidAnswer{});
}

TEST(Cpuid, CachesHaveSizes) {
    std::vector<u32> sizes;
    for (u32 n = 0; (cpuid(4, n).eax & 31) != 0; ++n) {
        const auto c = cpuid(4, n);
        sizes.push_back(((c.ebx >> 22) + 1) * (((c.ebx >> 12) & 0x3ff) + 1) * ((c.ebx & 0xfff) + 1) *
                        (c.ecx + 1));
    }
    EXPECT_EQ(sizes, (std::vector<u32>{32 << 10, 32 << 10, 1 << 20, 32 << 20}));
    EXPECT_EQ(cpuid(0x8000'0006, 0).ecx >> 16, sizes[2] >> 10);
}

}  // namespace
}  // namespace occlum::kernel
