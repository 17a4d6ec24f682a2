// The vma list against an array with one entry a page.
#include "kernel/mm/vma.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace occlum::kernel {
namespace {

constexpr u64 kPages = 48;

struct Model {
    std::array<int, kPages> protection;  // -1: not mapped
    Model() { protection.fill(-1); }
};

Vma vma_of(u64 first, u64 end, u8 protection) {
    Vma vma;
    vma.start = first * kPageSize;
    vma.end = end * kPageSize;
    vma.protection = protection;
    return vma;
}

void expect_same(const VmaList& list, const Model& model) {
    u64 mapped = 0;
    for (u64 page = 0; page < kPages; ++page) {
        const Vma* vma = list.find(page * kPageSize + 5);
        ASSERT_EQ(vma ? vma->protection : -1, model.protection[page]) << "page " << page;
        if (vma) ++mapped;
    }
    EXPECT_EQ(list.total_bytes(), mapped * kPageSize);
    for (size_t i = 0; i < list.all().size(); ++i) {
        EXPECT_LT(list.all()[i].start, list.all()[i].end);
        if (i == 0) continue;
        const Vma &before = list.all()[i - 1], &here = list.all()[i];
        EXPECT_LE(before.end, here.start);
        EXPECT_FALSE(before.continues_in(here)) << "neighbours not merged";
    }
}

u64 model_gap(const Model& model, u64 low, u64 high, u64 size) {
    for (u64 start = high - size + 1; start-- > low;) {
        bool free = true;
        for (u64 page = start; page < start + size; ++page) free = free && model.protection[page] < 0;
        if (free) return start;
    }
    return kPages;
}

TEST(VmaList, MatchesPageArray) {
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        VmaList list;
        Model model;
        for (int step = 0; step < 80; ++step) {
            const u64 first = random() % kPages, end = first + 1 + random() % (kPages - first);
            const u8 protection = static_cast<u8>(random() % 3);
            switch (random() % 3) {
                case 0:
                    list.remove(first * kPageSize, end * kPageSize);
                    list.insert(vma_of(first, end, protection));
                    for (u64 page = first; page < end; ++page) model.protection[page] = protection;
                    break;
                case 1:
                    list.remove(first * kPageSize, end * kPageSize);
                    for (u64 page = first; page < end; ++page) model.protection[page] = -1;
                    break;
                default:
                    list.update(first * kPageSize, end * kPageSize,
                                [&](Vma& vma) { vma.protection = protection; });
                    for (u64 page = first; page < end; ++page)
                        if (model.protection[page] >= 0) model.protection[page] = protection;
            }
            expect_same(list, model);
            const u64 size = 1 + random() % 6;
            const auto gap = list.highest_gap(4 * kPageSize, kPages * kPageSize, size * kPageSize);
            EXPECT_EQ(gap ? *gap / kPageSize : kPages, model_gap(model, 4, kPages, size));
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
