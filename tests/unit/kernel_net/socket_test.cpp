// Pairs of sockets without anybody to wait for, and an epoll instance over them.
#include "kernel/net/socket.h"

#include <gtest/gtest.h>

#include "kernel/fs/epoll.h"

namespace occlum::kernel::test {
namespace {

struct Pair {
    Ref<Socket> one, other;
};

Pair make_pair_of(SocketType type) {
    Pair pair{make_socket(Family::Unix, type, kOpenNonBlock, {1, 2, 3}),
              make_socket(Family::Unix, type, kOpenNonBlock, {4, 5, 6})};
    Socket::connect_pair(*pair.one, *pair.other);
    return pair;
}

Result<size_t> send(Socket& socket, std::string_view text, u32 flags = 0) {
    const std::vector<u8> bytes(text.begin(), text.end());
    return socket.send(UserBuffer::kernel_source(bytes), flags, nullptr, {});
}

Result<std::string> receive(Socket& socket, size_t most, u32 flags = 0) {
    std::vector<u8> bytes(most);
    const Received got = TRY(socket.receive(UserBuffer::kernel(bytes), flags));
    return std::string(bytes.begin(), bytes.begin() + static_cast<long>(got.size));
}

TEST(Socket, StreamsKeepNoBoundaries) {
    const Pair pair = make_pair_of(SocketType::Stream);
    EXPECT_EQ(receive(*pair.one, 4).error(), Errno::Eagain);
    EXPECT_EQ(send(*pair.other, "ab"), 2u);
    EXPECT_EQ(send(*pair.other, "cde"), 3u);
    EXPECT_EQ(receive(*pair.one, 4, kMessagePeek), "abcd");
    EXPECT_EQ(receive(*pair.one, 4), "abcd");
    EXPECT_EQ(receive(*pair.one, 4), "e");
    EXPECT_EQ(pair.one->peer_identity().pid, 4u);
}

TEST(Socket, RecordsDo) {
    const Pair pair = make_pair_of(SocketType::SeqPacket);
    EXPECT_EQ(send(*pair.other, "abc"), 3u);
    EXPECT_EQ(send(*pair.other, "d"), 1u);
    std::vector<u8> small(2);
    const Received cut = *pair.one->receive(UserBuffer::kernel(small), 0);
    EXPECT_EQ(cut.size, 2u);
    EXPECT_EQ(cut.full_size, 3u);
    EXPECT_EQ(receive(*pair.one, 9), "d");
    EXPECT_EQ(send(*pair.other, "x", kMessageOutOfBand).error(), Errno::Eopnotsupp);
}

TEST(Socket, EndsAreSeenOnTheOtherSide) {
    const Pair pair = make_pair_of(SocketType::Stream);
    EXPECT_EQ(send(*pair.other, "last"), 4u);
    EXPECT_TRUE(pair.other->shutdown(false, true));
    EXPECT_EQ(send(*pair.other, "x").error(), Errno::Epipe);
    EXPECT_EQ(receive(*pair.one, 9), "last");
    EXPECT_EQ(receive(*pair.one, 9), "");
    EXPECT_EQ(pair.one->poll(nullptr) & (kPollReadHangUp | kPollHangUp), kPollReadHangUp);
    EXPECT_EQ(send(*pair.one, "unread"), 6u);
    pair.other->closed();
    EXPECT_NE(pair.one->poll(nullptr) & kPollHangUp, 0u);
    EXPECT_EQ(pair.one->take_error(), static_cast<u32>(Errno::Econnreset));
    EXPECT_EQ(pair.one->take_error(), 0u);
}

TEST(Socket, AnUrgentByteHasItsPlace) {
    const Pair pair = make_pair_of(SocketType::Stream);
    EXPECT_EQ(receive(*pair.one, 1, kMessageOutOfBand).error(), Errno::Einval);
    EXPECT_EQ(send(*pair.other, "12"), 2u);
    EXPECT_EQ(send(*pair.other, "34", kMessageOutOfBand), 2u);
    EXPECT_EQ(send(*pair.other, "5"), 1u);
    EXPECT_NE(pair.one->poll(nullptr) & kPollPriority, 0u);
    EXPECT_FALSE(pair.one->at_urgent_mark());
    EXPECT_EQ(receive(*pair.one, 9), "123");
    EXPECT_TRUE(pair.one->at_urgent_mark());
    EXPECT_EQ(receive(*pair.one, 1, kMessageOutOfBand | kMessagePeek), "4");
    EXPECT_EQ(receive(*pair.one, 1, kMessageOutOfBand), "4");
    EXPECT_EQ(receive(*pair.one, 1, kMessageOutOfBand).error(), Errno::Einval);
    EXPECT_EQ(receive(*pair.one, 9, kMessagePeek), "5");
    EXPECT_EQ(receive(*pair.one, 9), "5");
    EXPECT_FALSE(pair.one->at_urgent_mark());
}

TEST(Socket, AnUrgentByteAloneIsNothingToRead) {
    const Pair pair = make_pair_of(SocketType::Stream);
    EXPECT_EQ(send(*pair.other, "!", kMessageOutOfBand), 1u);
    EXPECT_EQ(pair.one->poll(nullptr) & (kPollIn | kPollPriority), kPollPriority);
    EXPECT_EQ(receive(*pair.one, 9).error(), Errno::Eagain);
    pair.one->options.plain[{1, 10}] = 1;  // SO_OOBINLINE
    EXPECT_EQ(receive(*pair.one, 9), "!");
}

TEST(Socket, TheReadyListFollows) {
    const Pair pair = make_pair_of(SocketType::Stream);
    const Ref<OpenFile> file = make_epoll();
    EpollFile& epoll = *file->as_epoll();
    ASSERT_TRUE(epoll.add(3, *pair.one, {kPollIn, 7}));
    EXPECT_EQ(epoll.add(3, *pair.one, {kPollIn, 7}).error(), Errno::Eexist);
    EXPECT_TRUE(epoll.wait(8, u64{0})->empty());
    EXPECT_EQ(send(*pair.other, "a"), 1u);
    EXPECT_EQ(epoll.wait(8, u64{0})->size(), 1u);
    EXPECT_EQ(epoll.wait(8, u64{0})->front().data, 7u);  // still there
    EXPECT_EQ(receive(*pair.one, 1), "a");
    EXPECT_TRUE(epoll.wait(8, u64{0})->empty());
    ASSERT_TRUE(epoll.modify(3, *pair.one, {kPollIn | kEpollEdge, 8}));
    EXPECT_EQ(send(*pair.other, "ab"), 2u);
    EXPECT_EQ(epoll.wait(8, u64{0})->size(), 1u);
    EXPECT_TRUE(epoll.wait(8, u64{0})->empty());
    ASSERT_TRUE(epoll.remove(3, *pair.one));
    EXPECT_EQ(epoll.remove(3, *pair.one).error(), Errno::Enoent);
}

}  // namespace
}  // namespace occlum::kernel::test
