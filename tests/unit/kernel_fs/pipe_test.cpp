// Pipes without anybody to wait for: what is there, what fits, who is left.
#include "kernel/ipc/pipe.h"

#include <gtest/gtest.h>

#include "kernel/fs/fd_table.h"
#include "kernel/ipc/fifo.h"

namespace occlum::kernel::test {
namespace {

std::vector<u8> pattern(size_t size, u8 start = 0) {
    std::vector<u8> bytes(size);
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<u8>(start + i * 7);
    return bytes;
}

class PipeTest : public testing::Test {
protected:
    PipeTest() : pair(*make_pipe(kOpenNonBlock, Credentials{})) {
        reader = *files.add(pair.read_end, false);
        writer = *files.add(pair.write_end, false);
    }
    Result<size_t> write(const std::vector<u8>& bytes) {
        return pair.write_end->write(UserBuffer::kernel_source(bytes));
    }
    std::vector<u8> read(size_t most) {
        std::vector<u8> bytes(most);
        bytes.resize(pair.read_end->read(UserBuffer::kernel(bytes)).value_or(0));
        return bytes;
    }
    PipePair pair;
    Ref<FdTable> table = make_ref<FdTable>();
    FdTable& files = *table;
    int reader, writer;
};

TEST_F(PipeTest, KeepsOrderWhileItWrapsAndGrows) {
    std::vector<u8> sent, received;
    for (size_t round = 0; round < 400; ++round) {
        std::vector<u8> piece = pattern(1 + round * 37 % 5000, static_cast<u8>(round));
        Result<size_t> put = write(piece);
        if (put) sent.insert(sent.end(), piece.begin(), piece.begin() + static_cast<long>(*put));
        std::vector<u8> got = read(1 + round * 53 % 4000);
        received.insert(received.end(), got.begin(), got.end());
    }
    for (std::vector<u8> got = read(9999); !got.empty(); got = read(9999))
        received.insert(received.end(), got.begin(), got.end());
    EXPECT_EQ(sent, received);
}

TEST_F(PipeTest, ShortWritesAreAtomicLongOnesPartial) {
    EXPECT_EQ(write(pattern(Pipe::kDefaultCapacity - 100)), Pipe::kDefaultCapacity - 100);
    EXPECT_EQ(write(pattern(101)).error(), Errno::Eagain);
    EXPECT_EQ(write(pattern(5000)), 100u);
    EXPECT_EQ(write(pattern(1)).error(), Errno::Eagain);
    EXPECT_EQ(pair.write_end->poll(nullptr) & kPollOut, 0u);
    read(4096);
    EXPECT_NE(pair.write_end->poll(nullptr) & kPollOut, 0u);
}

TEST_F(PipeTest, EndsTellOfEachOther) {
    EXPECT_EQ(pair.read_end->read(UserBuffer::kernel({})), 0u);
    std::vector<u8> byte(1);
    EXPECT_EQ(pair.read_end->read(UserBuffer::kernel(byte)).error(), Errno::Eagain);
    int copy = *files.add(pair.write_end, false);
    ASSERT_TRUE(files.close(writer));
    EXPECT_EQ(pair.read_end->read(UserBuffer::kernel(byte)).error(), Errno::Eagain);
    ASSERT_TRUE(files.close(copy));
    EXPECT_EQ(pair.read_end->read(UserBuffer::kernel(byte)), 0u);
    EXPECT_NE(pair.read_end->poll(nullptr) & kPollHangUp, 0u);
}

TEST_F(PipeTest, NoReaderIsABrokenPipe) {
    ASSERT_TRUE(files.close(reader));
    EXPECT_EQ(write(pattern(1)).error(), Errno::Epipe);
    EXPECT_NE(pair.write_end->poll(nullptr) & kPollError, 0u);
}

TEST_F(PipeTest, CapacityCanChangeButNotBelowTheContents) {
    Pipe& pipe = *pair.read_end->as_pipe();
    write(pattern(10000));
    EXPECT_EQ(pipe.set_capacity(4096).error(), Errno::Ebusy);
    EXPECT_EQ(pipe.set_capacity(12000), 16384u);
    EXPECT_EQ(pipe.set_capacity(Pipe::kMostCapacity + 1).error(), Errno::Eperm);
    EXPECT_EQ(pipe.set_capacity(u64{1} << 40).error(), Errno::Einval);
    EXPECT_EQ(read(20000), pattern(10000));
}

TEST(Fifo, OpensWithoutWaitingWhenAsked) {
    auto pipe = make_ref<Pipe>();
    EXPECT_EQ(open_fifo(*pipe, kOpenWriteOnly | kOpenNonBlock).error(), Errno::Enxio);
    Result<Ref<OpenFile>> reader = open_fifo(*pipe, kOpenReadOnly | kOpenNonBlock);
    ASSERT_TRUE(reader);
    EXPECT_EQ((*reader)->poll(nullptr), 0u) << "no hang-up before the first writer";
    EXPECT_TRUE(open_fifo(*pipe, kOpenWriteOnly | kOpenNonBlock));
    EXPECT_EQ((*reader)->poll(nullptr) & kPollHangUp, kPollHangUp);
}

TEST(FdTableTest, LowestFreeDescriptor) {
    auto files = make_ref<FdTable>();
    files->limit = 8;
    PipePair pair = *make_pipe(0, Credentials{});
    for (int fd = 0; fd < 8; ++fd) EXPECT_EQ(files->add(pair.read_end, fd % 2 == 0), fd);
    EXPECT_EQ(files->add(pair.read_end, false).error(), Errno::Emfile);
    EXPECT_TRUE(files->close(5));
    EXPECT_TRUE(files->close(2));
    EXPECT_EQ(files->close(2).error(), Errno::Ebadf);
    EXPECT_EQ(files->add(pair.write_end, false, 3), 5);
    EXPECT_EQ(files->add(pair.write_end, false), 2);
    EXPECT_EQ(files->add(pair.read_end, false, 8).error(), Errno::Einval);
    EXPECT_EQ(files->replace(8, pair.read_end, false).error(), Errno::Ebadf);
    auto copy = files->clone();
    files->close_all_on_exec();
    EXPECT_EQ(files->open_descriptors(), (std::vector<int>{1, 2, 3, 5, 7}));
    EXPECT_EQ(copy->open_descriptors().size(), 8u);
    EXPECT_EQ(files->get(0).error(), Errno::Ebadf);
    EXPECT_EQ(files->get(-1).error(), Errno::Ebadf);
}

}  // namespace
}  // namespace occlum::kernel::test
