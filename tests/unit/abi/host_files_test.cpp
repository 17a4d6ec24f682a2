#include "abi/hosted/host_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace occlum::abi {

namespace {

class HostFilesTest : public testing::Test {
protected:
    HostFilesTest() {
        std::string pattern = testing::TempDir() + "occlum-files-XXXXXX";
        directory_ = mkdtemp(pattern.data());
        EXPECT_EQ(files_.add_mount(directory_, false), 0u);
        EXPECT_EQ(files_.add_mount(directory_, true), 1u);
    }
    ~HostFilesTest() override { std::filesystem::remove_all(directory_); }

    std::string directory_;
    HostFiles files_;
};

TEST_F(HostFilesTest, writes_and_reads_a_file) {
    ASSERT_TRUE(files_.make_dir(0, "a", 0755));
    ASSERT_TRUE(files_.make_file(0, "a/f", 0640));
    EXPECT_EQ(files_.make_file(0, "a/f", 0640).error(), Errno::Eexist);
    const auto handle = files_.open(0, "a/f", kFileReadWrite);
    ASSERT_TRUE(handle);
    const std::array<u8, 5> text{'h', 'e', 'l', 'l', 'o'};
    EXPECT_EQ(files_.write(*handle, 3, text), 5u);
    std::array<u8, 16> back{};
    EXPECT_EQ(files_.read(*handle, 0, back), 8u);
    EXPECT_EQ(back[3], 'h');
    EXPECT_EQ(files_.stat(0, "a/f")->size, 8u);
    EXPECT_EQ(files_.stat(0, "a/f")->mode, u64{S_IFREG | 0640});
    ASSERT_TRUE(files_.close(*handle));
    EXPECT_EQ(files_.read(*handle, 0, back).error(), Errno::Ebadf);
    EXPECT_EQ(files_.close(*handle).error(), Errno::Ebadf);
}

TEST_F(HostFilesTest, writes_behind_in_order_and_tells_failures_at_a_flush) {
    ASSERT_TRUE(files_.make_file(0, "f", 0640));
    const auto handle = files_.open(0, "f", kFileWriteBehind);
    ASSERT_TRUE(handle);
    std::vector<u8> large(WriteBehind::kWorthwhile), small(100, u8{0xff}), back(large.size());
    for (u8 round = 1; round < 64; ++round) {
        std::ranges::fill(large, round);
        ASSERT_EQ(files_.write(*handle, round % 7 * large.size() / 2, large), large.size());
        if (round % 5 == 0) {
            ASSERT_EQ(files_.write(*handle, round % 7 * large.size() / 2 + 50, small), small.size());
            ASSERT_EQ(files_.read(*handle, round % 7 * large.size() / 2, back), back.size());
            EXPECT_EQ(back[49], round);
            EXPECT_EQ(back[50], 0xff);
            EXPECT_EQ(back[150], round);
        }
    }
    EXPECT_TRUE(files_.sync(*handle));
    EXPECT_EQ(files_.stat(0, "f")->size, 4 * large.size());
    // No file is as large as that.
    EXPECT_TRUE(files_.write(*handle, u64{1} << 62, large));
    EXPECT_FALSE(files_.sync(*handle));
    EXPECT_FALSE(files_.write(*handle, 0, large));
    EXPECT_FALSE(files_.sync(*handle));
    EXPECT_TRUE(files_.close(*handle));
}

TEST_F(HostFilesTest, never_leaves_the_root) {
    ASSERT_TRUE(files_.make_symlink(0, "out", "/etc"));
    ASSERT_TRUE(files_.make_symlink(0, "file", "/etc/passwd"));
    EXPECT_FALSE(files_.stat(0, "../etc/passwd"));
    EXPECT_FALSE(files_.stat(0, "/etc/passwd"));
    EXPECT_FALSE(files_.stat(0, "out/passwd"));
    EXPECT_FALSE(files_.open(0, "file", kFileRead));
    EXPECT_EQ(files_.link_read(0, "file"), "/etc/passwd");
    EXPECT_EQ(files_.stat(0, "file")->mode & S_IFMT, u64{S_IFLNK});
    EXPECT_FALSE(files_.unlink(0, "..", true));
    EXPECT_FALSE(files_.make_dir(0, "out/x", 0700));
}

TEST_F(HostFilesTest, read_only_mounts_refuse_every_change) {
    ASSERT_TRUE(files_.make_file(0, "f", 0644));
    EXPECT_EQ(files_.make_file(1, "g", 0644).error(), Errno::Erofs);
    EXPECT_EQ(files_.open(1, "f", kFileReadWrite).error(), Errno::Erofs);
    EXPECT_EQ(files_.unlink(1, "f", false).error(), Errno::Erofs);
    EXPECT_EQ(files_.rename(1, "f", "g").error(), Errno::Erofs);
    const auto handle = files_.open(1, "f", kFileRead);
    ASSERT_TRUE(handle);
    EXPECT_EQ(files_.truncate(*handle, 0).error(), Errno::Ebadf);
}

TEST_F(HostFilesTest, lists_large_directories_in_batches) {
    std::set<std::string> wanted;
    for (int i = 0; i < 700; ++i) {
        const std::string name = "file-with-a-longer-name-" + std::to_string(i);
        wanted.insert(name);
        ASSERT_TRUE(files_.make_file(0, name, 0600));
    }
    std::set<std::string> seen;
    u64 cookie = 0;
    for (;;) {
        const auto batch = files_.dir_read(0, "", cookie, 8192);
        ASSERT_TRUE(batch);
        if (batch->empty()) break;
        size_t bytes = 0;
        for (const auto& item : *batch) {
            EXPECT_TRUE(seen.insert(item.name).second) << item.name;
            bytes += dir_entry_size(item.name.size());
        }
        EXPECT_LE(bytes, 8192u);
        cookie = batch->back().wire.next_cookie;
    }
    EXPECT_EQ(seen, wanted);
}

TEST_F(HostFilesTest, sets_attributes) {
    ASSERT_TRUE(files_.make_file(0, "f", 0600));
    SetAttributesWire wire{};
    wire.mask = kSetMode | kSetTimes;
    wire.mode = 0751;
    wire.mtime_s = 12345;
    wire.mtime_ns = 678;
    ASSERT_TRUE(files_.set_attributes(0, "f", wire));
    EXPECT_EQ(files_.stat(0, "f")->mode & 07777, 0751u);
    EXPECT_EQ(files_.stat(0, "f")->mtime_s, 12345);
    EXPECT_EQ(files_.stat(0, "f")->mtime_ns, 678u);
    wire.mask = kSetTimesNow;
    ASSERT_TRUE(files_.set_attributes(0, "f", wire));
    const auto touched = files_.stat(0, "f");
    EXPECT_GT(touched->mtime_s, 12345);
    EXPECT_EQ(touched->mtime_ns, touched->ctime_ns);
    EXPECT_EQ(touched->atime_ns, touched->ctime_ns);
}

TEST_F(HostFilesTest, opens_only_regular_files) {
    ASSERT_EQ(mkfifo((directory_ + "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(files_.open(0, "pipe", kFileRead).error(), Errno::Einval);
    EXPECT_EQ(files_.open(0, "", kFileRead).error(), Errno::Eisdir);
    EXPECT_EQ(files_.open(7, "x", kFileRead).error(), Errno::Enodev);
}

}  // namespace

}  // namespace occlum::abi
