// The vma list against an array with one entry a page.
#include "kernel/mm/vma.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace occlum::kernel {
namespace {

struct Model {
    explicit Model(u64 count) : pages(count), protection(count, -1) {}
    u64 pages;
    std::vector<int> protection;  // -1: not mapped
};

Vma vma_of(u64 first, u64 end, u8 protection) {
    Vma vma;
    vma.start = first * kPageSize;
    vma.end = end * kPageSize;
    vma.protection = protection;
    return vma;
}

void expect_same(const VmaList& list, const Model& model) {
    u64 mapped = 0, locked = 0;
    for (u64 page = 0; page < model.pages; ++page) {
        const Vma* vma = list.find(page * kPageSize + 5);
        ASSERT_EQ(vma ? vma->protection : -1, model.protection[page]) << "page " << page;
        if (vma) ++mapped;
        if (vma && vma->locked) ++locked;
    }
    EXPECT_EQ(list.total_bytes(), mapped * kPageSize);
    EXPECT_EQ(list.locked_bytes(), locked * kPageSize);
    size_t count = 0;
    const Vma* before = nullptr;
    for (const Vma& here : list) {
        EXPECT_LT(here.start, here.end);
        EXPECT_EQ(list.end_before(list.after(here.start)), before ? before->end : 0);
        if (before) {
            EXPECT_LE(before->end, here.start);
            EXPECT_FALSE(before->continues_in(here)) << "neighbours not merged";
        }
        before = &here;
        ++count;
    }
    EXPECT_EQ(list.size(), count);
}

u64 model_gap(const Model& model, u64 low, u64 high, u64 size) {
    u64 free = 0;
    for (u64 page = high; page-- > low;) {
        free = model.protection[page] < 0 ? free + 1 : 0;
        if (free == size) return page;
    }
    return model.pages;
}

// What is locked goes with the protection, so that the model need not know it.
void set(Vma& vma, u8 protection) {
    vma.protection = protection;
    vma.locked = protection == 2;
}

class Both {
public:
    Both(u64 pages, u32 seed) : model_(pages), random_(seed) {}

    void map(u64 first, u64 end, u8 protection) {
        list_.remove(first * kPageSize, end * kPageSize);
        Vma vma = vma_of(first, end, protection);
        set(vma, protection);
        list_.insert(vma);
        for (u64 page = first; page < end; ++page) model_.protection[page] = protection;
    }
    void step(u64 longest) {
        const u64 first = random_() % model_.pages;
        const u64 end = std::min(model_.pages, first + 1 + random_() % longest);
        const u8 protection = static_cast<u8>(random_() % 3);
        switch (random_() % 3) {
            case 0:
                return map(first, end, protection);
            case 1:
                list_.remove(first * kPageSize, end * kPageSize);
                for (u64 page = first; page < end; ++page) model_.protection[page] = -1;
                return;
            default:
                list_.update(first * kPageSize, end * kPageSize, [&](Vma& vma) { set(vma, protection); });
                for (u64 page = first; page < end; ++page)
                    if (model_.protection[page] >= 0) model_.protection[page] = protection;
        }
    }
    void compare() {
        expect_same(list_, model_);
        const u64 size = 1 + random_() % 6, high = model_.pages - random_() % 4;
        const auto gap = list_.highest_gap(4 * kPageSize, high * kPageSize, size * kPageSize);
        EXPECT_EQ(gap ? *gap / kPageSize : model_.pages, model_gap(model_, 4, high, size));
        const u64 first = random_() % model_.pages, end = std::min(model_.pages, first + size);
        bool covered = true, overlaps = false;
        for (u64 page = first; page < end; ++page) {
            covered = covered && model_.protection[page] >= 0;
            overlaps = overlaps || model_.protection[page] >= 0;
        }
        EXPECT_EQ(list_.covers(first * kPageSize, end * kPageSize), covered);
        EXPECT_EQ(list_.overlaps(first * kPageSize, end * kPageSize), overlaps);
    }
    size_t count() const { return list_.size(); }

private:
    VmaList list_;
    Model model_;
    std::mt19937 random_;
};

TEST(VmaList, MatchesPageArray) {
    for (u32 round = 0; round < 60; ++round) {
        Both both(48, round);
        for (int step = 0; step < 80; ++step) {
            both.step(48);
            both.compare();
        }
    }
}

// Hundreds of vmas, so that chunks fill, divide, run empty and unite.
TEST(VmaList, MatchesPageArrayWhenLong) {
    constexpr u64 kPages = 1500;
    for (u32 round = 0; round < 6; ++round) {
        Both both(kPages, round);
        for (u64 page = 0; page < kPages; page += 1 + round % 2) both.map(page, page + 1, page % 3);
        both.compare();
        EXPECT_GT(both.count(), 700u);
        for (int step = 0; step < 300; ++step) {
            for (int more = 0; more < 5; ++more) both.step(step % 50 == 49 ? 700 : 4);
            both.compare();
        }
    }
}

TEST(VmaList, FileOffsetsFollowSplits) {
    VmaList list;
    Vma vma = vma_of(10, 20, 1);
    vma.offset = 0x8000;
    list.insert(vma);
    list.remove(12 * kPageSize, 13 * kPageSize);
    EXPECT_EQ(list.find(13 * kPageSize)->offset, 0x8000 + 3 * kPageSize);
    EXPECT_TRUE(list.covers(10 * kPageSize, 12 * kPageSize));
    EXPECT_FALSE(list.covers(10 * kPageSize, 14 * kPageSize));
}

}  // namespace
}  // namespace occlum::kernel
