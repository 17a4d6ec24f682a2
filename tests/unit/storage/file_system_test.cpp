#include "storage/file_system.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/stores.h"

namespace occlum::storage::test {
namespace {

constexpr u64 kRoot = FileSystem::kRoot;
constexpr NewNode kFile{.mode = kTypeRegular | 0644, .uid = 5, .gid = 6};
constexpr NewNode kFolder{.mode = kTypeDirectory | 0755};

std::vector<u8> pattern(size_t size, u32 seed) {
    std::mt19937 random(seed);
    std::vector<u8> bytes(size);
    for (u8& byte : bytes) byte = static_cast<u8>(random());
    return bytes;
}

class Files : public testing::Test {
protected:
    void SetUp() override { fs = *FileSystem::format(test_config(store, &version), 4096, {.mode = 0755}); }
    void remount() {
        fs.reset();
        auto mounted = FileSystem::mount(test_config(store, &version));
        ASSERT_TRUE(mounted) << static_cast<int>(mounted.error());
        fs = std::move(*mounted);
    }
    void expect_sound() {
        auto findings = fs->check();
        ASSERT_TRUE(findings);
        for (const std::string& text : *findings) ADD_FAILURE() << text;
    }
    MemoryStore store;
    MemoryVersion version;
    std::unique_ptr<FileSystem> fs;
};

TEST_F(Files, StayAfterASync) {
    u64 folder = *fs->create(kRoot, "folder", kFolder);
    u64 file = *fs->create(folder, "file", kFile);
    auto bytes = pattern(300'000, 1);
    EXPECT_EQ(fs->write(file, 5000, bytes), bytes.size());
    EXPECT_TRUE(fs->symlink(kRoot, "link", "folder/file", {}));
    EXPECT_TRUE(fs->set_xattr(file, "user.colour", "green", 0));
    std::string before = describe(*fs);
    EXPECT_TRUE(fs->sync());
    expect_sound();
    remount();
    EXPECT_EQ(describe(*fs), before);
    std::vector<u8> back(400'000);
    EXPECT_EQ(fs->read(*fs->lookup(*fs->lookup(kRoot, "folder"), "file"), 5000, back), bytes.size());
    back.resize(bytes.size());
    EXPECT_EQ(back, bytes);
    expect_sound();
}

TEST_F(Files, UnsyncedChangesAreForgottenTogether) {
    std::string before = describe(*fs);
    EXPECT_TRUE(fs->create(kRoot, "a", kFile));
    auto bytes = pattern(3 << 20, 2);
    EXPECT_EQ(fs->write(*fs->lookup(kRoot, "a"), 0, bytes), bytes.size());
    remount();
    EXPECT_EQ(describe(*fs), before);
    expect_sound();
}

TEST_F(Files, TheStoreHoldsNoPlainText) {
    std::string name = "a-telling-name", target = "where-it-leads", value = "a-secret-value";
    std::vector<u8> contents;
    for (int i = 0; i < 4000; ++i)
        for (char c : std::string("contents!")) contents.push_back(static_cast<u8>(c));
    u64 file = *fs->create(kRoot, name, kFile);
    EXPECT_TRUE(fs->write(file, 0, contents));
    EXPECT_TRUE(fs->symlink(kRoot, "s", target, {}));
    EXPECT_TRUE(fs->set_xattr(file, "user.x", value, 0));
    EXPECT_TRUE(fs->sync());
    for (const auto& [number, block] : store.blocks) {
        std::string text(block.begin(), block.end());
        for (const std::string& secret : {name, target, value, std::string("contents!")})
            EXPECT_EQ(text.find(secret), std::string::npos) << "block " << number;
    }
}

TEST_F(Files, UnlinkedButOpen) {
    u64 file = *fs->create(kRoot, "a", kFile);
    auto bytes = pattern(100'000, 3);
    EXPECT_TRUE(fs->write(file, 0, bytes));
    EXPECT_TRUE(fs->hold(file));
    EXPECT_TRUE(fs->unlink(kRoot, "a"));
    EXPECT_EQ(fs->attributes(file)->links, 0u);
    std::vector<u8> back(bytes.size());
    EXPECT_EQ(fs->read(file, 0, back), bytes.size());
    EXPECT_EQ(back, bytes);
    EXPECT_TRUE(fs->sync());
    u64 used = fs->usage().inodes;
    // The run ends without closing it: the next one takes it away.
    remount();
    EXPECT_EQ(fs->usage().inodes, used - 1);
    expect_sound();
    // And with closing it.
    file = *fs->create_unnamed(kFile);
    EXPECT_TRUE(fs->hold(file));
    EXPECT_TRUE(fs->write(file, 0, bytes));
    fs->release(file);
    EXPECT_FALSE(fs->attributes(file));
    expect_sound();
    // An unnamed one gets a name.
    file = *fs->create_unnamed(kFile);
    EXPECT_TRUE(fs->hold(file));
    EXPECT_TRUE(fs->link(kRoot, "named", file));
    fs->release(file);
    remount();
    EXPECT_FALSE(fs->lookup(kRoot, "named")) << "not synced";
    expect_sound();
}

TEST_F(Files, Rename) {
    u64 a = *fs->create(kRoot, "a", kFile), b = *fs->create(kRoot, "b", kFolder);
    EXPECT_EQ(fs->rename(kRoot, "a", kRoot, "b", 0), std::unexpected(Errno::Eisdir));
    EXPECT_EQ(fs->rename(kRoot, "b", kRoot, "a", 0), std::unexpected(Errno::Enotdir));
    EXPECT_EQ(fs->rename(kRoot, "a", kRoot, "b", kRenameNoReplace), std::unexpected(Errno::Eexist));
    EXPECT_TRUE(fs->rename(kRoot, "a", kRoot, "b", kRenameExchange));
    EXPECT_EQ(fs->lookup(kRoot, "a"), b);
    EXPECT_EQ(fs->lookup(kRoot, "b"), a);
    EXPECT_TRUE(fs->rename(kRoot, "b", b, "inside", 0));
    EXPECT_EQ(fs->lookup(b, "inside"), a);
    EXPECT_EQ(fs->rmdir(kRoot, "a"), std::unexpected(Errno::Enotempty));
    EXPECT_TRUE(fs->create(kRoot, "c", kFolder));
    EXPECT_EQ(fs->rename(kRoot, "c", kRoot, "a", 0), std::unexpected(Errno::Enotempty));
    EXPECT_TRUE(fs->unlink(b, "inside"));
    EXPECT_TRUE(fs->rename(kRoot, "c", kRoot, "a", 0));
    EXPECT_EQ(fs->attributes(kRoot)->links, 3u);
    expect_sound();
}

class Counting final : public NameSink {
public:
    explicit Counting(size_t limit) : limit_(limit) {}
    bool take(const Name& name) override {
        if (names.size() == limit_) return false;
        names.emplace_back(name.name);
        cookie = name.next_cookie;
        return true;
    }
    std::vector<std::string> names;
    u64 cookie = 0;

private:
    size_t limit_;
};

TEST_F(Files, ListingsGoOnWhereTheyWere) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(fs->create(kRoot, "file-" + std::to_string(i), kFile));
    std::set<std::string> seen;
    u64 cookie = 2;
    for (int round = 0;; ++round) {
        Counting sink(17);
        ASSERT_TRUE(fs->list(kRoot, cookie, sink));
        if (sink.names.empty()) break;
        for (const std::string& name : sink.names) {
            EXPECT_TRUE(seen.insert(name).second) << name << " twice";
            ASSERT_TRUE(fs->unlink(kRoot, name)) << "going away while being listed";
        }
        // New names may or may not be seen, but must disturb nothing.
        ASSERT_TRUE(fs->create(kRoot, "new-" + std::to_string(round), kFile));
        cookie = sink.cookie;
    }
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.contains("file-" + std::to_string(i)));
    expect_sound();
}

TEST_F(Files, SparseAndPunched) {
    u64 file = *fs->create(kRoot, "a", kFile);
    auto bytes = pattern(10 * kBlockSize, 4);
    u64 far = u64{1} << 40;
    EXPECT_TRUE(fs->write(file, far, bytes));
    EXPECT_EQ(fs->attributes(file)->blocks, 10u);
    EXPECT_EQ(fs->seek(file, 0, false), far);
    EXPECT_EQ(fs->seek(file, 0, true), 0u);
    EXPECT_TRUE(fs->allocate(file, kAllocatePunch | kAllocateKeepSize, far + 100, 3 * kBlockSize));
    EXPECT_EQ(fs->attributes(file)->blocks, 8u);
    EXPECT_EQ(fs->seek(file, far + kBlockSize, false), far + 3 * kBlockSize);
    EXPECT_EQ(fs->seek(file, far, true), far + kBlockSize);
    std::vector<u8> back(bytes.size());
    EXPECT_EQ(fs->read(file, far, back), bytes.size());
    std::fill(bytes.begin() + 100, bytes.begin() + 100 + 3 * kBlockSize, 0);
    EXPECT_EQ(back, bytes);
    EXPECT_TRUE(fs->change(file, {.size = 10}));
    EXPECT_EQ(fs->attributes(file)->blocks, 0u);
    EXPECT_EQ(fs->allocate(file, 0, 0, u64{1} << 45), std::unexpected(Errno::Enospc));
    EXPECT_TRUE(fs->allocate(file, 0, 0, 100 * kBlockSize));
    EXPECT_EQ(fs->attributes(file)->blocks, 100u);
    EXPECT_EQ(fs->attributes(file)->size, 100 * kBlockSize);
    EXPECT_TRUE(fs->write(file, 7, bytes));
    expect_sound();
    remount();
    EXPECT_FALSE(fs->lookup(kRoot, "x"));
    expect_sound();
}

TEST_F(Files, FullAndEmptyAgain) {
    auto bytes = pattern(256 << 10, 5);
    u64 before = fs->usage().free_blocks;
    for (int round = 0; round < 3; ++round) {
        int made = 0;
        for (;; ++made) {
            auto file = fs->create(kRoot, "f" + std::to_string(made), kFile);
            if (!file) {
                EXPECT_EQ(file.error(), Errno::Enospc);
                break;
            }
            auto put = fs->write(*file, 0, bytes);
            if (put != bytes.size()) break;
        }
        EXPECT_GT(made, 50) << "most of 16 MiB is usable";
        // Overwriting in place goes on.
        u64 first = *fs->lookup(kRoot, "f0");
        for (int i = 0; i < 50; ++i)
            ASSERT_EQ(fs->write(first, 0, std::span(bytes).first(40'000)), 40'000u) << i;
        expect_sound();
        for (int i = 0; i <= made; ++i) {
            auto gone = fs->unlink(kRoot, "f" + std::to_string(i));
            EXPECT_TRUE(gone || gone.error() == Errno::Enoent) << i;
        }
        EXPECT_TRUE(fs->sync());
        expect_sound();
        EXPECT_GE(fs->usage().free_blocks + 16, before);
    }
}

TEST_F(Files, CollapseAndInsert) {
    u64 file = *fs->create(kRoot, "a", kFile);
    auto bytes = pattern(300 * kBlockSize + 17, 6);
    EXPECT_TRUE(fs->write(file, 0, bytes));
    EXPECT_TRUE(fs->sync());
    EXPECT_TRUE(fs->allocate(file, kAllocateCollapse, 3 * kBlockSize, 120 * kBlockSize));
    bytes.erase(bytes.begin() + 3 * kBlockSize, bytes.begin() + 123 * kBlockSize);
    std::vector<u8> back(bytes.size() + 1);
    EXPECT_EQ(fs->read(file, 0, back), bytes.size());
    back.resize(bytes.size());
    EXPECT_EQ(back, bytes);
    EXPECT_TRUE(fs->allocate(file, kAllocateInsert, 5 * kBlockSize, 7 * kBlockSize));
    bytes.insert(bytes.begin() + 5 * kBlockSize, 7 * kBlockSize, 0);
    back.resize(bytes.size());
    EXPECT_EQ(fs->read(file, 0, back), bytes.size());
    EXPECT_EQ(back, bytes);
    expect_sound();
}

TEST_F(Files, FreeBlocksAreCountedAfterAMountAsBefore) {
    u64 file = *fs->create(kRoot, "a", kFile);
    EXPECT_TRUE(fs->write(file, 0, std::vector<u8>(200 * kBlockSize, 7)));
    EXPECT_TRUE(fs->sync());
    const u64 before = fs->usage().free_blocks;
    fs.reset();
    fs = *FileSystem::mount(test_config(store, &version));
    EXPECT_EQ(fs->usage().free_blocks, before);
    expect_sound();
}

TEST_F(Files, ANewKeyEndsTheOld) {
    EXPECT_TRUE(fs->create(kRoot, "a", kFile));
    MasterKey fresh{9, 9, 9};
    EXPECT_TRUE(fs->change_key(fresh));
    std::string before = describe(*fs);
    fs.reset();
    EXPECT_FALSE(FileSystem::mount(test_config(store, &version)));
    Config config = test_config(store, &version);
    config.volume.key = fresh;
    fs = *FileSystem::mount(config);
    EXPECT_EQ(describe(*fs), before);
    expect_sound();
}

}  // namespace
}  // namespace occlum::storage::test
