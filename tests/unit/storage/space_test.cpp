// Blocks that a state to come back to still needs are not given out.
#include "storage/space.h"

#include <gtest/gtest.h>

#include "storage/superblock.h"

namespace occlum::storage::test {
namespace {

constexpr u64 kCapacity = 300;

// All of it in use, and committed.
Space full_space() {
    Space space(kCapacity);
    while (space.allocate()) {
    }
    space.prepare();
    space.commit();
    return space;
}

TEST(Space, WhatTheLastCommitHoldsIsKeptUntilTheNext) {
    Space space = full_space();
    space.release(100);
    EXPECT_EQ(space.used(), kCapacity - 1);
    EXPECT_EQ(space.allocatable(), 0u);
    EXPECT_FALSE(space.allocate());
    space.prepare();
    EXPECT_FALSE(space.allocate());
    space.commit();
    EXPECT_EQ(space.allocatable(), 1u);
    EXPECT_EQ(space.allocate(), 100u);
}

TEST(Space, WhatTheCommitUnderWayHoldsIsKeptUntilTheOneAfter) {
    Space space(kCapacity);
    const u64 block = *space.allocate(), behind = *space.allocate();
    space.release(behind);  // so that the search comes past the block
    space.prepare();
    space.release(block);
    EXPECT_FALSE(space.is_fresh(block));
    const u64 left = space.allocatable();
    while (auto other = space.allocate()) EXPECT_NE(*other, block);
    EXPECT_EQ(space.used(), Superblock::kSlots + left);
    space.commit();
    EXPECT_EQ(space.allocatable(), 0u);
    space.prepare();
    space.commit();
    EXPECT_EQ(space.allocatable(), 1u);
    EXPECT_EQ(space.allocate(), block);
}

}  // namespace
}  // namespace occlum::storage::test
