#include "kernel/mm/page_table.h"

#include <gtest/gtest.h>

namespace occlum::kernel {
namespace {

constexpr u8 kHeld = kPageCommitted | kPageLive;

TEST(PageTable, KeepsWhatIsCommittedWhenItShrinks) {
    PageTable pages;
    constexpr u64 kFar = PageTable::kPages - 1;
    for (u64 page : {u64{0}, u64{700}, kFar}) pages.set_state(page, kHeld);
    pages.set_stamp(700, 42);
    pages.set_state(0, 0);
    pages.shrink();
    EXPECT_EQ(pages.state(0), 0);
    EXPECT_EQ(pages.state(700), kHeld);
    EXPECT_EQ(pages.stamp(700), 42u);
    EXPECT_EQ(pages.next_committed(0, PageTable::kPages), 700u);
    EXPECT_EQ(pages.next_committed(701, PageTable::kPages), kFar);
    EXPECT_EQ(pages.committed(), 2u);
    pages.set_state(0, kHeld);
    EXPECT_EQ(pages.next_committed(0, PageTable::kPages), 0u);
}

}  // namespace
}  // namespace occlum::kernel
