// Reads, writes and everything that changes a file's extent, against arrays in memory.
// STORAGE_OPERATIONS=10000000 is the long form.
#include <gtest/gtest.h>

#include "tests/unit/storage/workload.h"

namespace occlum::storage::test {
namespace {

constexpr u64 kMost = 700'000;

class Twins {
public:
    explicit Twins(u64 seed) : random_(seed) {
        fs_ = *FileSystem::format(test_config(store_, &version_), 8192, {.mode = 0755});
        for (auto& file : files_) {
            file.name = "f" + std::to_string(&file - files_.data());
            file.inode = *fs_->create(FileSystem::kRoot, file.name, {.mode = kTypeRegular | 0644});
        }
    }

    void step() {
        File& file = files_[random_() % files_.size()];
        u64 size = file.bytes.size(), offset = random_() % (size + 5000),
            length = random_() % (random_() % 4 == 0 ? 60'000 : 6000) + 1;
        offset = std::min(offset, kMost - length);
        switch (random_() % 16) {
            case 0:
            case 1:
            case 2:
            case 3:
                return read(file, offset, length);
            case 4:
            case 5:
            case 6:
            case 7:
                return write(file, offset, length);
            case 8:
                return resize(file, random_() % kMost);
            case 9:
                return allocate(file, kAllocatePunch | kAllocateKeepSize, offset, length);
            case 10:
                return allocate(file, kAllocateZero | (random_() % 2 ? kAllocateKeepSize : 0), offset,
                                length);
            case 11:
                return allocate(file, random_() % 2 ? kAllocateKeepSize : 0, offset, length);
            case 12:
                return shift(file);
            case 13:
                return seek(file, offset);
            case 14:
                if (random_() % 20 != 0) return;
                ASSERT_TRUE(fs_->sync());
                return;
            default:
                if (random_() % 100 == 0) remount();
        }
    }
    void compare_all() {
        for (File& file : files_) read(file, 0, file.bytes.size() + 1);
        auto findings = fs_->check();
        ASSERT_TRUE(findings);
        ASSERT_TRUE(findings->empty()) << findings->front();
    }

private:
    struct File {
        std::string name;
        u64 inode = 0;
        std::vector<u8> bytes;
    };

    void read(File& file, u64 offset, u64 length) {
        std::vector<u8> got(length, 0xee);
        auto count = fs_->read(file.inode, offset, got);
        ASSERT_TRUE(count);
        u64 expected = offset >= file.bytes.size() ? 0 : std::min<u64>(length, file.bytes.size() - offset);
        ASSERT_EQ(*count, expected);
        for (u64 i = 0; i < expected; ++i) ASSERT_EQ(got[i], file.bytes[offset + i]) << offset + i;
    }
    void write(File& file, u64 offset, u64 length) {
        std::vector<u8> bytes(length);
        for (u8& byte : bytes) byte = static_cast<u8>(random_());
        ASSERT_EQ(fs_->write(file.inode, offset, bytes), length);
        if (file.bytes.size() < offset + length) file.bytes.resize(offset + length);
        std::ranges::copy(bytes, file.bytes.begin() + static_cast<i64>(offset));
    }
    void resize(File& file, u64 size) {
        ASSERT_TRUE(fs_->change(file.inode, {.size = size}));
        file.bytes.resize(size);
    }
    void allocate(File& file, u32 mode, u64 offset, u64 length) {
        ASSERT_TRUE(fs_->allocate(file.inode, mode, offset, length));
        if ((mode & kAllocateKeepSize) == 0 && file.bytes.size() < offset + length)
            file.bytes.resize(offset + length);
        if ((mode & (kAllocatePunch | kAllocateZero)) != 0)
            for (u64 i = offset; i < offset + length && i < file.bytes.size(); ++i) file.bytes[i] = 0;
    }
    void shift(File& file) {
        u64 blocks = file.bytes.size() / kBlockSize;
        if (blocks < 8) return;
        u64 first = random_() % (blocks - 4) * kBlockSize, length = (random_() % 3 + 1) * kBlockSize;
        auto at = file.bytes.begin() + static_cast<i64>(first);
        if (random_() % 2 == 0) {
            ASSERT_TRUE(fs_->allocate(file.inode, kAllocateCollapse, first, length));
            file.bytes.erase(at, at + static_cast<i64>(length));
        } else if (file.bytes.size() + length < kMost) {
            ASSERT_TRUE(fs_->allocate(file.inode, kAllocateInsert, first, length));
            file.bytes.insert(at, length, 0);
        }
    }
    void seek(File& file, u64 offset) {
        auto data = fs_->seek(file.inode, offset, false);
        if (offset >= file.bytes.size()) {
            ASSERT_EQ(data, std::unexpected(Errno::Enxio));
            return;
        }
        u64 end = data ? *data : file.bytes.size();
        ASSERT_TRUE(data || data.error() == Errno::Enxio);
        for (u64 i = offset; i < end; ++i) ASSERT_EQ(file.bytes[i], 0) << "data in a hole";
        ASSERT_TRUE(fs_->seek(file.inode, offset, true));
    }
    void remount() {
        ASSERT_TRUE(fs_->sync());
        fs_.reset();
        fs_ = *FileSystem::mount(test_config(store_, &version_));
        for (File& file : files_) file.inode = *fs_->lookup(FileSystem::kRoot, file.name);
    }

    std::mt19937_64 random_;
    MemoryStore store_;
    MemoryVersion version_;
    std::unique_ptr<FileSystem> fs_;
    std::array<File, 3> files_;
};

TEST(Random, FilesActAsArrays) {
    u64 operations = repetitions("OPERATIONS", 20'000), seed = repetitions("SEED", 1);
    constexpr u64 kPerRun = 10'000;
    for (u64 done = 0; done < operations; done += kPerRun) {
        Twins twins(seed + done);
        for (u64 i = 0; i < kPerRun; ++i) {
            twins.step();
            if (testing::Test::HasFatalFailure()) FAIL() << "run " << done << ", operation " << i;
        }
        twins.compare_all();
        if (testing::Test::HasFatalFailure()) FAIL() << "run " << done;
    }
}

}  // namespace
}  // namespace occlum::storage::test
