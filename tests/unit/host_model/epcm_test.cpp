// What the host's page tables take: each piece of ELRANGE with permissions of its own is one of its mappings.
#include "host/model/epcm.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace occlum::host::model {
namespace {

constexpr u64 kPages = 64, kRead = 1, kReadWrite = 3;

class EpcmTest : public testing::Test {
protected:
    ~EpcmTest() override { munmap(memory_, kPages * kPageSize); }
    u64 page(u64 number) const { return base_ + number * kPageSize; }
    bool set(Epcm& epcm, u64 first, u64 count, u64 permissions) {
        for (u64 n = first; n < first + count; ++n)
            epcm.store(page(n), epcm.load(page(n))
                                    .with(EpcmEntry::kValid)
                                    .permissions(permissions)
                                    .table(permissions)
                                    .type(sgx::PageType::Reg));
        return epcm.install(page(first), count * kPageSize);
    }

    void* memory_ = mmap(nullptr, kPages* kPageSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    u64 base_ = reinterpret_cast<u64>(memory_);
};

TEST_F(EpcmTest, PiecesAreCountedAndRefusedBeforeTheHostDoes) {
    Epcm epcm = *Epcm::create(base_, kPages * kPageSize, 5);
    const auto room = [&](u64 first, u64 count, u64 wanted) {
        return epcm.room_for(page(first), count * kPageSize, wanted);
    };
    ASSERT_TRUE(set(epcm, 10, 10, kReadWrite));  // none, these, none
    EXPECT_TRUE(room(30, 1, kReadWrite));
    ASSERT_TRUE(set(epcm, 14, 1, kRead));  // five
    EXPECT_FALSE(room(30, 1, kReadWrite));
    EXPECT_FALSE(room(12, 1, kRead));
    // What joins a piece, or ends one, takes no room.
    EXPECT_TRUE(room(20, 5, kReadWrite));
    EXPECT_TRUE(room(15, 1, kRead));
    EXPECT_TRUE(room(14, 1, kReadWrite));
    ASSERT_TRUE(set(epcm, 14, 1, kReadWrite));  // three again
    EXPECT_TRUE(room(30, 1, kReadWrite));
    EXPECT_FALSE(room(11, 1, kRead) && (set(epcm, 11, 1, kRead), room(13, 1, kRead)));
}

TEST_F(EpcmTest, TheEndsAreNoPieces) {
    Epcm epcm = *Epcm::create(base_, kPages * kPageSize, 2);
    EXPECT_TRUE(epcm.room_for(page(0), kPageSize, kReadWrite));
    ASSERT_TRUE(set(epcm, 0, 1, kReadWrite));
    EXPECT_FALSE(epcm.room_for(page(kPages - 1), kPageSize, kReadWrite));
    EXPECT_TRUE(epcm.room_for(page(0), kPages * kPageSize, kReadWrite));
    ASSERT_TRUE(set(epcm, 0, kPages, kReadWrite));
    EXPECT_TRUE(epcm.room_for(page(kPages - 1), kPageSize, kRead));
}

}  // namespace
}  // namespace occlum::host::model
