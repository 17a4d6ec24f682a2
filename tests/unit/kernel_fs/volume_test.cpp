// A writable volume: operations here must leave the host's directory as the same operations there would.
#include "kernel/fs/host/volume.h"

#include "enclave/hosted/hosted.h"
#include "tests/unit/kernel_fs/oracle.h"

namespace occlum::kernel::test {
namespace {

class VolumeTest : public testing::Test {
protected:
    VolumeTest()
        : mount(enclave::hosted::add_mount(host.home(), false)),
          ours(*open_volume(make_ref<HostTree>(mount)), false) {}

    std::string host_text(const std::string& name) {
        std::string command = host.home() + "/" + name;
        int fd = ::open(command.c_str(), O_RDONLY);
        char bytes[256];
        ssize_t size = ::read(fd, bytes, sizeof bytes);
        ::close(fd);
        return size < 0 ? "?" : std::string(bytes, static_cast<size_t>(size));
    }
    Ref<OpenFile> open(std::string_view path, int flags) {
        return *open_path(*ours.fs, ours.who, path, static_cast<u32>(flags), 0644);
    }
    static Result<size_t> write(OpenFile& file, std::string_view text) {
        return file.write(UserBuffer::kernel_source(std::vector<u8>(text.begin(), text.end())));
    }
    static std::string read(OpenFile& file, u64 offset) {
        std::vector<u8> bytes(256);
        size_t got = file.read_at(offset, UserBuffer::kernel(bytes)).value();
        return std::string(bytes.begin(), bytes.begin() + static_cast<long>(got));
    }

    HostSide host;
    u32 mount;
    OurSide ours;
};

TEST_F(VolumeTest, WritesGoThrough) {
    Ref<OpenFile> file = open("f", O_RDWR | O_CREAT);
    EXPECT_EQ(write(*file, "hello"), 5u);
    EXPECT_EQ(host_text("f"), "hello");
    EXPECT_EQ(read(*file, 1), "ello");
    EXPECT_TRUE(file->inode()->change({.size = 2}));
    EXPECT_EQ(host_text("f"), "he");
    EXPECT_EQ(read(*file, 0), "he");
}

TEST_F(VolumeTest, HolesTakeNoBlocks) {
    Ref<OpenFile> file = open("sparse", O_RDWR | O_CREAT);
    ASSERT_TRUE(write(*file, "first"));
    ASSERT_TRUE(file->write_at(100 * kPageSize, UserBuffer::kernel_source(std::vector<u8>(10, 'x'))));
    const auto now = file->attributes();
    EXPECT_EQ(now->size, 100 * kPageSize + 10);
    EXPECT_EQ(now->blocks, 2 * kPageSize / 512);
}

TEST_F(VolumeTest, TouchedFilesHaveTheTimeOfTheirChange) {
    Ref<OpenFile> file = open("touched", O_RDWR | O_CREAT);
    const TimeChange now{.kind = TimeChange::Kind::Now, .time = {}};
    ASSERT_TRUE(change_times(*file->inode(), ours.who, now, now));
    const auto then = file->attributes();
    EXPECT_EQ(then->accessed, then->changed);
    EXPECT_EQ(then->modified, then->changed);
}

class Listing final : public DirectorySink {
public:
    bool take(const DirectoryEntry& entry) override {
        names.emplace_back(entry.name);
        return true;
    }
    std::vector<std::string> names;
};

TEST_F(VolumeTest, NodesAreOnlyHere) {
    ASSERT_TRUE(make_directory(ours.context(), "d", 0755));
    ASSERT_TRUE(make_node(ours.context(), "d/fifo", kTypeFifo | 0640, 0));
    EXPECT_NE(::access((host.home() + "/d/fifo").c_str(), F_OK), 0);
    auto now = (*walk(ours.context(), "d/fifo", true))->inode().attributes();
    EXPECT_EQ(now->mode, kTypeFifo | 0640u);
    Listing listing;
    ASSERT_TRUE((*walk(ours.context(), "d", true))->inode().read_directory(0, listing));
    EXPECT_EQ(listing.names, std::vector<std::string>{"fifo"});
    EXPECT_EQ(remove_directory(ours.context(), "d").error(), Errno::Enotempty);
    ASSERT_TRUE(open("d/file", O_RDWR | O_CREAT)->write(UserBuffer::kernel_source(std::vector<u8>(3))));
    ASSERT_TRUE(rename_path(ours.context(), "d/fifo", ours.context(), "d/file", 0));
    EXPECT_NE(::access((host.home() + "/d/file").c_str(), F_OK), 0);
    EXPECT_EQ((*walk(ours.context(), "d/file", true))->inode().type(), kTypeFifo);
    ASSERT_TRUE(open("other", O_RDWR | O_CREAT)->attributes());
    ASSERT_TRUE(rename_path(ours.context(), "other", ours.context(), "d/file", 0));
    EXPECT_EQ((*walk(ours.context(), "d/file", true))->inode().type(), kTypeRegular);
    ASSERT_TRUE(make_node(ours.context(), "d/fifo", kTypeFifo | 0640, 0));
    ASSERT_TRUE(remove_file(ours.context(), "d/fifo"));
    EXPECT_EQ(walk(ours.context(), "d/fifo", true).error(), Errno::Enoent);
    ASSERT_TRUE(remove_file(ours.context(), "d/file"));
    EXPECT_TRUE(remove_directory(ours.context(), "d"));
}

TEST_F(VolumeTest, RenamedDirectoriesCarryTheirFiles) {
    ASSERT_TRUE(make_directory(ours.context(), "d", 0755));
    Ref<OpenFile> file = open("d/f", O_RDWR | O_CREAT);
    ASSERT_TRUE(rename_path(ours.context(), "d", ours.context(), "e", 0));
    EXPECT_TRUE(write(*file, "after"));
    EXPECT_EQ(host_text("e/f"), "after");
    EXPECT_EQ(walk(ours.context(), "d", true).error(), Errno::Enoent);
    EXPECT_TRUE(walk(ours.context(), "e/f", true));
}

TEST_F(VolumeTest, WhatIsMadeIsItsMakers) {
    if (::geteuid() != 0) GTEST_SKIP() << "who may not give files away keeps them";
    ours.who.fsuid = 4711;
    ours.who.fsgid = 4712;
    ASSERT_EQ(::chmod(host.home().c_str(), 0777), 0);
    const Attributes file = *open("f", O_RDWR | O_CREAT)->inode()->attributes();
    EXPECT_EQ(file.uid, 4711u);
    EXPECT_EQ(file.gid, 4712u);
    EXPECT_EQ(file.mode & kModeMask, 0644u);
    ASSERT_TRUE(make_directory(ours.context(), "d", 0755));
    struct stat seen{};
    ASSERT_EQ(::stat((host.home() + "/d").c_str(), &seen), 0);
    EXPECT_EQ(seen.st_uid, 4711u);
    EXPECT_EQ(seen.st_gid, 4712u);
}

TEST_F(VolumeTest, UnlinkedFilesLiveOn) {
    Ref<OpenFile> file = open("f", O_RDWR | O_CREAT);
    EXPECT_TRUE(write(*file, "still"));
    ASSERT_TRUE(remove_file(ours.context(), "f"));
    EXPECT_EQ(read(*file, 0), "still");
    EXPECT_EQ(file->attributes()->links, 0u);
    EXPECT_EQ(walk(ours.context(), "f", true).error(), Errno::Enoent);
}

TEST_F(VolumeTest, SeesWhatTheHostMakes) {
    EXPECT_EQ(walk(ours.context(), "late", true).error(), Errno::Enoent);
    ::close(::openat(host.fd(), "late", O_CREAT | O_WRONLY, 0600));
    EXPECT_TRUE(walk(ours.context(), "late", true));
    Collect names;
    Ref<OpenFile> directory = open(".", O_DIRECTORY);
    EXPECT_TRUE(directory->read_directory(names));
    EXPECT_TRUE(names.names.contains("late:8"));
}

TEST_F(VolumeTest, LinksAndModes) {
    open("f", O_RDWR | O_CREAT);
    ASSERT_TRUE(make_symlink(ours.context(), "s", "f"));
    EXPECT_EQ((*walk(ours.context(), "s", false))->inode().read_link(), "f");
    ASSERT_TRUE(make_link(**walk(ours.context(), "f", true), ours.context(), "g"));
    EXPECT_EQ((*walk(ours.context(), "f", true))->inode().attributes()->links, 2u);
    ASSERT_TRUE(change_mode((*walk(ours.context(), "f", true))->inode(), ours.who, 0600));
    struct stat file;
    ASSERT_EQ(::fstatat(host.fd(), "f", &file, 0), 0);
    EXPECT_EQ(file.st_mode & 07777, 0600u);
}

}  // namespace
}  // namespace occlum::kernel::test
