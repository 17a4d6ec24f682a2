// What is foreseen of a call is all that the call reads.
#include <gtest/gtest.h>

#include "tests/unit/storage/stores.h"

namespace occlum::storage::test {
namespace {

constexpr u64 kRoot = FileSystem::kRoot;
constexpr u64 kFileSize = 150 * kFanout * kBlockSize;
constexpr NewNode kFile{.mode = kTypeRegular | 0644};
constexpr NewNode kFolder{.mode = kTypeDirectory | 0755};

class CountingStore final : public MemoryStore {
public:
    Result<void> read(u64 first, std::span<u8> out) override {
        ++reads;
        return MemoryStore::read(first, out);
    }
    u64 reads = 0;
};

// A fresh mount of a tree: nothing but the map is in memory.
class Foresight : public testing::Test {
protected:
    void SetUp() override {
        Config config = test_config(store);
        fs = *FileSystem::format(config, 1 << 17, {.mode = 0755});
        // Inodes and names in blocks of their own.
        for (int i = 0; i < 200; ++i)
            ASSERT_TRUE(fs->create(kRoot, std::string(100, 'n') + std::to_string(i), kFile));
        const u64 file = *fs->create(kRoot, "file", kFile);
        std::vector<u8> bytes(kBlockSize, 7);
        for (u64 at = 0; at < kFileSize; at += 16 * kBlockSize) ASSERT_TRUE(fs->write(file, at, bytes));
        ASSERT_TRUE(fs->change(file, {.size = kFileSize + 100}));
        ASSERT_TRUE(fs->set_xattr(file, "user.one", "1", 0));
        ASSERT_TRUE(fs->create(kRoot, "folder", kFolder));
        ASSERT_TRUE(fs->sync());
        mount(4096);
    }
    void mount(size_t cache_blocks) {
        Config config = test_config(store);
        config.volume.cache_blocks = cache_blocks;
        fs = *FileSystem::mount(config);
        number = *fs->lookup(kRoot, "file");
        ASSERT_TRUE(fs->hold(number));
        store.reads = 0;
    }
    // `foreseen` reads, and `call` nothing that is left.
    template <typename Foreseen, typename Call>
    void expect_foreseen(Foreseen foreseen, Call call) {
        EXPECT_TRUE(foreseen());
        EXPECT_GT(store.reads, 0U);
        store.reads = 0;
        EXPECT_TRUE(call());
        EXPECT_EQ(store.reads, 0U);
    }
    CountingStore store;
    std::unique_ptr<FileSystem> fs;
    u64 number = 0, next = 0;
};

TEST_F(Foresight, OfAWrite) {
    const std::vector<u8> bytes(300'000, 9);
    const u64 at = kFileSize / 2 - 150'001;
    expect_foreseen([&] { return fs->foresee_write(number, at, bytes.size()); },
                    [&] { return fs->write(number, at, bytes); });
}

TEST_F(Foresight, OfASmallerSize) {
    expect_foreseen([&] { return fs->foresee_range(number, 5000, kFileSize + 100, next); },
                    [&] { return fs->change(number, {.size = 5000}); });
}

TEST_F(Foresight, OfAHole) {
    expect_foreseen(
        [&] { return fs->foresee_range(number, 5000, kFileSize / 2, next); },
        [&] { return fs->allocate(number, kAllocatePunch | kAllocateKeepSize, 5000, kFileSize / 2 - 5000); });
}

TEST_F(Foresight, OfRoomSetAside) {
    expect_foreseen([&] { return fs->foresee_range(number, 0, kFileSize, next); },
                    [&] { return fs->allocate(number, 0, 0, kFileSize); });
}

TEST_F(Foresight, OfBlocksThatMove) {
    expect_foreseen([&] { return fs->foresee_range(number, 0, kFileSize + 100 + kBlockSize, next); },
                    [&] { return fs->allocate(number, kAllocateInsert, 0, kBlockSize); });
}

TEST_F(Foresight, OfTheSearchForAHole) {
    expect_foreseen([&] { return fs->foresee_range(number, 0, kFileSize, next); },
                    [&] { return fs->seek(number, kFileSize - 5 * kBlockSize, false); });
}

// The names stay in memory, their blocks do not.
TEST_F(Foresight, OfNames) {
    mount(24);
    auto push_out = [&] {
        for (u64 block = 0; block < 3000; block += 16) ASSERT_TRUE(fs->read_block(number, block));
        store.reads = 0;
    };
    const std::string one = std::string(100, 'n') + "20", other = std::string(100, 'n') + "170";
    push_out();
    expect_foreseen([&] { return fs->foresee_name(kRoot, "new"); },
                    [&] { return fs->create(kRoot, "new", kFile); });
    push_out();
    expect_foreseen([&] { return fs->foresee_name(kRoot, "folder"); },
                    [&] { return fs->rmdir(kRoot, "folder"); });
    push_out();
    expect_foreseen(
        [&]() -> Result<void> {
            TRY(fs->foresee_name(kRoot, one));
            return fs->foresee_name(kRoot, other);
        },
        [&] { return fs->rename(kRoot, one, kRoot, other, 0); });
}

TEST_F(Foresight, OfTheEndOfAFile) {
    ASSERT_TRUE(fs->unlink(kRoot, "file"));
    EXPECT_TRUE(fs->is_last(number));
    store.reads = 0;
    expect_foreseen([&] { return fs->foresee_release(number, next); },
                    [&]() -> Result<void> {
                        fs->release(number);
                        return {};
                    });
    EXPECT_FALSE(fs->attributes(number));
}

TEST_F(Foresight, OfAttributesAndACommit) {
    EXPECT_TRUE(fs->foresee_change(number));
    EXPECT_TRUE(fs->list_xattrs(number));
    EXPECT_TRUE(fs->foresee_commit());
    store.reads = 0;
    EXPECT_TRUE(fs->change(number, {.mode = 0600}));
    EXPECT_TRUE(fs->set_xattr(number, "user.two", "2", 0));
    EXPECT_TRUE(fs->sync());
    EXPECT_EQ(store.reads, 0U);
}

// Each try may get one block further.
TEST_F(Foresight, GoesOnWhereItStopped) {
    const u64 before = store.reads;
    EXPECT_TRUE(fs->foresee_range(number, 0, kFileSize, next));
    EXPECT_GT(store.reads - before, 150U);
    store.reads = 0;
    EXPECT_TRUE(fs->foresee_range(number, 0, kFileSize, next));
    EXPECT_EQ(store.reads, 0U);
}

}  // namespace
}  // namespace occlum::storage::test
