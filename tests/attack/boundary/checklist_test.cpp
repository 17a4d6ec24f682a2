// Prints which items of the boundary checklist (enclave/README.md) have an executable attack, and the share.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>

namespace occlum::boundary {

namespace {

// Items that concern this boundary. M3 (rings), O6 (sealed file metadata), O10 (network), T1, T3 (build
// options) come with what they concern.
constexpr std::array<const char*, 33> kItems{
    "E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "X1", "X2", "X3", "X4", "O1", "O2", "O3", "O4",
    "O5", "O7", "O8", "O9", "M1", "M2", "M4", "H1", "H2", "H3", "H4", "H5", "H6", "H7", "H9", "S1"};

TEST(Checklist, share_of_items_with_an_attack) {
    std::set<std::string> covered;
    const auto& unit = *testing::UnitTest::GetInstance();
    for (int i = 0; i < unit.total_test_suite_count(); ++i) {
        const auto& suite = *unit.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count(); ++j) {
            std::istringstream name(suite.GetTestInfo(j)->name());
            for (std::string word; std::getline(name, word, '_');)
                if (std::find(kItems.begin(), kItems.end(), word) != kItems.end()) covered.insert(word);
        }
    }
    std::string missing;
    for (const char* item : kItems)
        if (!covered.contains(item)) missing += std::string(" ") + item;
    std::printf("boundary checklist: %zu of %zu items have an attack (%zu %%)%s%s\n", covered.size(),
                kItems.size(), covered.size() * 100 / kItems.size(),
                missing.empty() ? "" : "; missing:", missing.c_str());
    EXPECT_TRUE(missing.empty());
}

}  // namespace

}  // namespace occlum::boundary
