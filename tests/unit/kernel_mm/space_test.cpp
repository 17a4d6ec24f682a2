// Address spaces against a model with one entry a page, through random calls and forks; then single rules.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "abi/enclave_map.h"
#include "current_space.h"
#include "enclave/hosted/hosted.h"
#include "fake_file.h"
#include "kernel/mm/layout.h"

namespace occlum::kernel {
namespace {

constexpr u64 kWindow = 0x1000'0000;
constexpr u64 kPages = 96;

bool prepare_cache() {
    static const bool ok = init_code_cache(abi::kCodeSize).has_value();
    return ok;
}

struct ModelPage {
    bool mapped = false;
    u32 protection = 0;
    u64 word = 0;  ///< the first eight bytes
    int file_page = -1;
};
using Model = std::array<ModelPage, kPages>;

class SpaceTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(prepare_cache());
        space = *AddressSpace::create();
    }
    static GuestAddr at(u64 page) { return {kWindow + page * kPageSize}; }
    std::optional<u64> read(AddressSpace& from, GuestAddr where) {
        std::array<u8, 8> bytes{};
        if (!from.copy_in(bytes, where)) return std::nullopt;
        return std::bit_cast<u64>(bytes);
    }
    bool write(AddressSpace& to, GuestAddr where, u64 value) {
        return to.copy_out(where, std::bit_cast<std::array<u8, 8>>(value)).has_value();
    }
    GuestAddr map(u64 size, u32 protection, u32 flags = kMapPrivate | kMapAnonymous, GuestAddr hint = {}) {
        const auto where = space->map(hint, size, protection, flags, nullptr, 0);
        return where ? *where : GuestAddr{};
    }
    RefPtr<AddressSpace> space;
};

std::vector<u8> file_contents() {
    std::vector<u8> bytes(40 * kPageSize);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<u8>((i >> 12) + i * 7);
    return bytes;
}

u64 file_word(const std::vector<u8>& bytes, int page) {
    u64 word = 0;
    for (size_t i = 8; i-- > 0;) word = (word << 8) | bytes[static_cast<size_t>(page) * kPageSize + i];
    return word;
}

class Walk {
public:
    Walk(u32 seed) : random_(seed), bytes_(file_contents()), file_(fake_file(bytes_)) {}

    void run(RefPtr<AddressSpace> space, Model model, int steps, int depth) {
        for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) {
            step(*space, model);
            if (depth > 0 && random_() % 24 == 0) {
                auto child = space->fork();
                ASSERT_TRUE(child);
                run(*child, model, 12, depth - 1);
                check(*space, model);
            }
        }
        check(*space, model);
    }

private:
    void step(AddressSpace& space, Model& model) {
        const u64 first = random_() % kPages, count = 1 + random_() % std::min<u64>(24, kPages - first);
        const GuestAddr start{kWindow + first * kPageSize};
        const u64 size = count * kPageSize;
        const u32 protection = std::array<u32, 4>{0, 1, 3, 3}[random_() % 4];
        switch (random_() % 9) {
            case 0:
            case 1:
                ASSERT_TRUE(
                    space.map(start, size, protection, kMapPrivate | kMapAnonymous | kMapFixed, nullptr, 0));
                for (u64 p = first; p < first + count; ++p) model[p] = {true, protection, 0, -1};
                break;
            case 2: {
                const u64 offset = random_() % (40 - std::min<u64>(count, 30));
                const u64 pages = std::min(count, 40 - offset);
                ASSERT_TRUE(space.map(start, pages * kPageSize, protection, kMapPrivate | kMapFixed, file_,
                                      offset * kPageSize));
                for (u64 p = first; p < first + pages; ++p) {
                    const int page = static_cast<int>(offset + p - first);
                    model[p] = {true, protection, file_word(bytes_, page), page};
                }
                break;
            }
            case 3:
                ASSERT_TRUE(space.unmap(start, size));
                for (u64 p = first; p < first + count; ++p) model[p] = {};
                break;
            case 4: {
                const bool whole = space.protect(start, size, protection).has_value();
                u64 p = first;
                for (; p < first + count && model[p].mapped; ++p) model[p].protection = protection;
                ASSERT_EQ(whole, p == first + count);
                break;
            }
            case 5:
                (void)space.advise(start, size, 4);  // holes are skipped, then reported
                for (u64 p = first; p < first + count; ++p)
                    model[p].word = model[p].file_page >= 0 ? file_word(bytes_, model[p].file_page) : 0;
                break;
            default:
                for (u64 p = first; p < first + count; ++p) touch(space, model, p);
        }
    }
    void touch(AddressSpace& space, Model& model, u64 p) {
        const GuestAddr where{kWindow + p * kPageSize};
        const u64 value = random_();
        const bool ok = space.copy_out(where, std::bit_cast<std::array<u8, 8>>(value)).has_value();
        ASSERT_EQ(ok, model[p].mapped && (model[p].protection & kProtWrite)) << "page " << p;
        if (ok) model[p].word = value;
    }
    void check(AddressSpace& space, const Model& model) {
        for (u64 p = 0; p < kPages; ++p) {
            std::array<u8, 8> bytes{};
            const bool ok = space.copy_in(bytes, {kWindow + p * kPageSize}).has_value();
            ASSERT_EQ(ok, model[p].mapped && model[p].protection != 0) << "page " << p;
            if (ok) ASSERT_EQ(std::bit_cast<u64>(bytes), model[p].word) << "page " << p;
        }
    }

    std::mt19937 random_;
    std::vector<u8> bytes_;
    Ref<OpenFile> file_;
};

TEST_F(SpaceTest, RandomCallsMatchPageArray) {
    for (u32 seed = 0; seed < 60; ++seed) {
        Walk walk(seed);
        auto fresh = AddressSpace::create(seed % 3);
        ASSERT_TRUE(fresh);
        ASSERT_TRUE((*fresh)->settle());
        walk.run(*fresh, Model{}, 120, 2);
    }
}

TEST_F(SpaceTest, RecycledDomainsHoldNothing) {
    for (int round = 0; round < 4; ++round) {
        auto memory = *AddressSpace::create();
        ASSERT_TRUE(
            memory->map(at(0), 64 * kPageSize, 3, kMapPrivate | kMapAnonymous | kMapFixed, nullptr, 0));
        ASSERT_TRUE(memory->settle());
        for (u64 page = 0; page < 64; ++page) {
            EXPECT_EQ(read(*memory, at(page)), 0u);
            EXPECT_TRUE(write(*memory, at(page), 0x5ec2e7));
        }
    }
    auto memory = *AddressSpace::create();
    ASSERT_TRUE(memory->settle());
    EXPECT_EQ(read(*memory, at(3)), std::nullopt);
}

TEST_F(SpaceTest, ForksDoNotLeak) {
    ASSERT_NE(map(256 * kPageSize, 3), GuestAddr{});
    auto where = map(64 * kPageSize, 3);
    ASSERT_TRUE(space->fill(where, 1, 64 * kPageSize));
    {
        auto warm = *space->fork();
    }
    const u64 before = enclave::page_use().committed;
    for (int i = 0; i < 3000; ++i) {
        auto child = space->fork();
        ASSERT_TRUE(child);
        if (i % 500 == 0) EXPECT_EQ(read(**child, where + 8), 0x0101'0101'0101'0101u);
    }
    EXPECT_LE(enclave::page_use().committed, before);
}

TEST_F(SpaceTest, FixedNoReplaceAndHints) {
    const GuestAddr first = map(4 * kPageSize, 3);
    EXPECT_EQ(
        space->map(first, kPageSize, 3, kMapPrivate | kMapAnonymous | kMapFixedNoReplace, nullptr, 0).error(),
        Errno::Eexist);
    const GuestAddr hinted = map(kPageSize, 3, kMapPrivate | kMapAnonymous, first);
    EXPECT_NE(hinted, first);
    EXPECT_EQ(map(kPageSize, 3, kMapPrivate | kMapAnonymous, {0x3000'0000}), GuestAddr{0x3000'0000});
    EXPECT_LT(map(kPageSize, 3, kMapPrivate | kMapAnonymous | kMap32Bit).value, kTwoGiB);
}

TEST_F(SpaceTest, ErrorsOfMmap) {
    auto error = [&](u64 hint, u64 size, u32 flags, u64 offset = 0) {
        return space->map({hint}, size, 3, flags, nullptr, offset).error();
    };
    const u32 plain = kMapPrivate | kMapAnonymous;
    EXPECT_EQ(error(0, 0, plain), Errno::Einval);
    EXPECT_EQ(error(0, kPageSize, kMapAnonymous), Errno::Einval);
    EXPECT_EQ(error(0, kPageSize, plain, 5), Errno::Einval);
    EXPECT_EQ(error(5, kPageSize, plain | kMapFixed), Errno::Einval);
    EXPECT_EQ(error(0, ~u64{0}, plain), Errno::Enomem);
    EXPECT_EQ(error(0, u64{5} << 30, plain), Errno::Enomem);
    EXPECT_EQ(error(u64{1} << 47, kPageSize, plain | kMapFixed), Errno::Enomem);
    EXPECT_EQ(error(0, kPageSize, kMapPrivate), Errno::Ebadf);
    EXPECT_EQ(error(0, kPageSize, plain | kMapFixed), Errno::Eperm);
}

TEST_F(SpaceTest, FileMappings) {
    auto contents = file_contents();
    contents.resize(3 * kPageSize + 100);
    const auto file = fake_file(contents);
    const auto where = space->map({}, 6 * kPageSize, 3, kMapPrivate, file, 0);
    ASSERT_TRUE(where);
    EXPECT_LT(where->value, kTwoGiB);
    EXPECT_EQ(read(*space, *where + kPageSize), file_word(contents, 1));
    EXPECT_EQ(read(*space, *where + 3 * kPageSize + 200), 0u);
    EXPECT_EQ(space->fault(*where + 4 * kPageSize, Access::Read), FaultOutcome::BeyondFile);
    EXPECT_EQ(space->map({}, kPageSize, 3, kMapShared, file, 0).error(), Errno::Eacces);
    const auto readable = space->map({}, kPageSize, 1, kMapShared, file, 0);
    ASSERT_TRUE(readable);
    EXPECT_EQ(space->protect(*readable, kPageSize, 3).error(), Errno::Eacces);
}

TEST_F(SpaceTest, SharedMemoryMovesBetweenProcesses) {
    const GuestAddr where = map(4 * kPageSize, 3, kMapShared | kMapAnonymous);
    ASSERT_TRUE(write(*space, where, 1));
    auto child = *space->fork();
    EXPECT_EQ(read(*child, where), 1u);
    EXPECT_TRUE(write(*child, where, 2));
    EXPECT_EQ(read(*space, where), 2u);
    EXPECT_TRUE(write(*child, where + kPageSize, 3));
    const auto mine = space->shared_key(where), theirs = child->shared_key(where);
    EXPECT_EQ(mine.object, theirs.object);
    child = Ref<AddressSpace>(*space);  // the child is gone
    EXPECT_EQ(read(*space, where + kPageSize), 3u);
}

TEST_F(SpaceTest, SharedFilesAreWrittenBack) {
    auto inode = make_ref<FakeInode>(std::vector<u8>(5000, 7));
    const auto file = *inode->open(kOpenReadWrite);
    const auto where = space->map({}, 2 * kPageSize, 3, kMapShared, file, 0);
    ASSERT_TRUE(where);
    ASSERT_TRUE(write(*space, *where + 4096, 0));
    EXPECT_EQ(inode->bytes[4096], 7);
    ASSERT_TRUE(space->sync(*where, 2 * kPageSize, 4));
    EXPECT_EQ(inode->bytes[4096], 0);
    ASSERT_TRUE(write(*space, *where, 0));
    ASSERT_TRUE(space->unmap(*where, 2 * kPageSize));
    EXPECT_EQ(inode->bytes[0], 0);
    EXPECT_EQ(inode->bytes.size(), 5000u);
}

TEST_F(SpaceTest, SharedFilesAgreeWithTransfers) {
    auto inode = make_ref<FakeInode>(std::vector<u8>(8192, 7));
    const auto file = *inode->open(kOpenReadWrite);
    const GuestAddr where = *space->map({}, 2 * kPageSize, 3, kMapShared, file, 0);
    ASSERT_TRUE(write(*space, where, 1));
    ASSERT_TRUE(settle_shared_file(*inode, 0, 1));
    EXPECT_EQ(inode->bytes[0], 1);
    ASSERT_TRUE(write(*space, where + 8, 9));
    inode->bytes[1] = 2;
    update_shared_file(*inode, 1, 1, inode->bytes.size());
    EXPECT_EQ(read(*space, where), 0x201u);
    EXPECT_EQ(read(*space, where + 8), 9u);  // not lost, though not in the file yet
    EXPECT_EQ(inode->bytes[8], 7);
}

TEST_F(SpaceTest, SharedFilesThatGrowHaveZeroesBehindTheirOldEnd) {
    auto inode = make_ref<FakeInode>(std::vector<u8>(100, 7));
    const auto file = *inode->open(kOpenReadWrite);
    const GuestAddr where = *space->map({}, kPageSize, 3, kMapShared, file, 0);
    ASSERT_TRUE(write(*space, where + 104, 5));  // beyond the end: nobody's
    inode->bytes.resize(200, 0);
    inode->bytes[199] = 8;
    update_shared_file(*inode, 199, 1, 100);
    EXPECT_EQ(read(*space, where + 104), 0u);
    EXPECT_EQ(*read(*space, where + 192) >> 56, 8u);
}

TEST_F(SpaceTest, WithdrawnPagesOfSharedFilesAreReadAgain) {
    auto inode = make_ref<FakeInode>(std::vector<u8>(8192, 7));
    const auto file = *inode->open(kOpenReadWrite);
    const GuestAddr where = *space->map({}, 2 * kPageSize, 3, kMapShared, file, 0);
    ASSERT_TRUE(write(*space, where, 1));
    withdraw_shared_file(*inode, 0, 1);
    EXPECT_EQ(inode->bytes[0], 1);
    inode->bytes[0] = 3;
    EXPECT_EQ(read(*space, where), 3u);
}

TEST_F(SpaceTest, BreakGrowsAndShrinks) {
    space->set_break_start(0x40'0000);
    const u64 start = space->set_break({}).value;
    EXPECT_GE(start, 0x40'0000u);
    EXPECT_EQ(space->set_break({start + 10000}).value, start + 10000);
    EXPECT_TRUE(write(*space, {start + 9000}, 4));
    EXPECT_EQ(space->set_break({start + 100}).value, start + 100);
    EXPECT_EQ(space->fault({start + 9000}, Access::Read), FaultOutcome::NotMapped);
    EXPECT_EQ(space->set_break({start + 10000}).value, start + 10000);
    EXPECT_EQ(read(*space, {start + 9000}), 0u);
    EXPECT_EQ(space->set_break({start - 1}).value, start + 10000);
}

TEST_F(SpaceTest, StackGrowsToItsLimit) {
    space->limits.stack = 1 << 20;
    ASSERT_TRUE(space->map_stack(16 * kPageSize, false));
    const u64 top = space->stack_top();
    EXPECT_TRUE(write(*space, {top - 0x9'0000}, 1));
    EXPECT_EQ(space->fault({top - (1 << 20) - 8}, Access::Write), FaultOutcome::NotMapped);
    EXPECT_TRUE(write(*space, {top - (1 << 20)}, 1));
}

TEST_F(SpaceTest, RemapKeepsContents) {
    const GuestAddr where = map(4 * kPageSize, 3);
    map(kPageSize, 3, kMapPrivate | kMapAnonymous | kMapFixed, where + 4 * kPageSize);
    ASSERT_TRUE(write(*space, where + 3 * kPageSize, 99));
    EXPECT_EQ(space->remap(where, 4 * kPageSize, 8 * kPageSize, 0, {}).error(), Errno::Enomem);
    const auto moved = space->remap(where, 4 * kPageSize, 8 * kPageSize, 1, {});
    ASSERT_TRUE(moved);
    EXPECT_EQ(read(*space, *moved + 3 * kPageSize), 99u);
    EXPECT_EQ(read(*space, *moved + 7 * kPageSize), 0u);
    EXPECT_EQ(space->fault(where, Access::Read), FaultOutcome::NotMapped);
    const auto shrunk = space->remap(*moved, 8 * kPageSize, kPageSize, 0, {});
    EXPECT_EQ(*shrunk, *moved);
    EXPECT_EQ(space->fault(*moved + kPageSize, Access::Read), FaultOutcome::NotMapped);
    const auto fixed = space->remap(*moved, kPageSize, kPageSize, 3, {0x3000'0000});
    EXPECT_EQ(fixed->value, 0x3000'0000u);
}

TEST_F(SpaceTest, CodeThatChangesIsForgotten) {
    const GuestAddr where = map(2 * kPageSize, 7);
    ASSERT_TRUE(write(*space, where, 0xc3));
    auto* code = *space->code_space();
    ASSERT_TRUE(code_cache().resolve(*code, where));
    recoveries = 0;
    EXPECT_TRUE(write(*space, where, 0xcc));
    EXPECT_EQ(recoveries, 1);
    EXPECT_TRUE(write(*space, where, 0xc3));
    EXPECT_EQ(recoveries, 1);
    std::array<u8, 1> byte{};
    EXPECT_EQ(space->fetch(where, byte), 1u);
    EXPECT_EQ(byte[0], 0xc3);
    // After a write the page is stepped: one instruction is read, without protecting the page again.
    std::array<u8, 64> window{};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(write(*space, where, 0x9090'9090'9090'9090));
        EXPECT_EQ(space->read_code(where.value, window), 1u);
        EXPECT_TRUE(write(*space, where, 0x9090'9090'9090'90c3));
        ASSERT_EQ(*space->code_space(), code);
        EXPECT_EQ(space->read_code(where.value, window), 64u);
    }
    // A child's private code is its own.
    auto child = *space->fork();
    EXPECT_NE(*child->code_space(), *space->code_space());
}

TEST_F(SpaceTest, SameProgramsShareTheirCode) {
    const auto file = fake_file(file_contents());
    auto other = *AddressSpace::create();
    for (AddressSpace* memory : {space.get(), other.get()})
        ASSERT_TRUE(memory->map(at(0), 4 * kPageSize, 5, kMapPrivate | kMapFixed, file, 0));
    EXPECT_EQ(*space->code_space(), *other->code_space());
    const u64 before = enclave::page_use().committed;
    EXPECT_EQ(space->fault(at(0), Access::Execute), FaultOutcome::Resolved);
    EXPECT_EQ(enclave::page_use().committed, before) << "code that only runs is not copied in";
    // Once written, the bytes are private.
    ASSERT_TRUE(other->protect(at(0), kPageSize, 3));
    ASSERT_TRUE(write(*other, at(0), 1));
    ASSERT_TRUE(other->protect(at(0), kPageSize, 5));
    EXPECT_NE(*space->code_space(), *other->code_space());
}

TEST_F(SpaceTest, FilesHaveOneHomeInAllProcesses) {
    const auto here = [](AddressSpace& in, const Ref<OpenFile>& file, u64 pages) {
        return in.map({}, pages * kPageSize, kProtRead | kProtExec, kMapPrivate, file, 0)->value;
    };
    const Ref<OpenFile> small = fake_file(std::vector<u8>(8 * kPageSize)), large = fake_file(file_contents()),
                        third = fake_file(file_contents());
    const RefPtr<AddressSpace> first = *AddressSpace::create(), second = *AddressSpace::create();
    const u64 small_home = here(*first, small, 8), large_home = here(*first, large, 40);
    // In another order, and with others between.
    const u64 third_home = here(*second, third, 40);
    EXPECT_EQ(here(*second, large, 40), large_home);
    EXPECT_EQ(here(*second, small, 8), small_home);
    EXPECT_EQ(here(*first, third, 40), third_home);
    // Its home is taken: elsewhere. A part from the middle has none.
    EXPECT_NE(here(*first, small, 8), small_home);
    ASSERT_TRUE(first->unmap({small_home}, 8 * kPageSize));
    EXPECT_NE(first->map({}, 4 * kPageSize, kProtRead, kMapPrivate, small, 4 * kPageSize)->value, small_home);
    // More than before: all of it has to fit.
    const u64 grown = here(*second, small, 20);
    EXPECT_TRUE(grown + 20 * kPageSize <= large_home || large_home + 40 * kPageSize <= grown);
    // Too large for a home.
    EXPECT_TRUE(
        first->map({}, kFileCeiling - abi::kHomesFloor + kPageSize, kProtRead, kMapPrivate, third, 0));
}

TEST_F(SpaceTest, AdviceAndResidence) {
    const GuestAddr where = map(8 * kPageSize, 3);
    EXPECT_EQ((*space->resident(where, 2 * kPageSize))[0], 0);
    ASSERT_TRUE(write(*space, where, 1));
    EXPECT_EQ((*space->resident(where, kPageSize))[0], 1);
    ASSERT_TRUE(space->advise(where, kPageSize, 18));  // MADV_WIPEONFORK
    auto child = *space->fork();
    EXPECT_EQ(read(*child, where), 0u);
    EXPECT_EQ(read(*space, where), 1u);
    EXPECT_EQ(space->advise(where, kPageSize, 77).error(), Errno::Einval);
    EXPECT_EQ(space->resident(where, u64{1} << 31).error(), Errno::Enomem);
}

}  // namespace
}  // namespace occlum::kernel
