// UNIX stream sockets without waiting.
#include "kernel/ipc/unix_socket.h"

#include <gtest/gtest.h>

namespace occlum::kernel::test {
namespace {

Result<size_t> send(UnixSocket& socket, std::string_view text) {
    return socket.send(UserBuffer::kernel_source(std::vector<u8>(text.begin(), text.end())), true);
}
Result<std::string> receive(UnixSocket& socket) {
    std::vector<u8> bytes(64);
    Result<size_t> got = socket.receive(UserBuffer::kernel(bytes), true);
    if (!got) return err(got.error());
    return std::string(bytes.begin(), bytes.begin() + static_cast<long>(*got));
}

TEST(UnixSocketTest, PairsTalkBothWays) {
    Ref<UnixSocket> one = make_unix_socket(0, {1, 0, 0}), other = make_unix_socket(0, {2, 0, 0});
    UnixSocket::connect_pair(*one, *other);
    EXPECT_EQ(send(*one, "ping"), 4u);
    EXPECT_EQ(receive(*other), "ping");
    EXPECT_EQ(send(*other, "pong"), 4u);
    EXPECT_EQ(receive(*one), "pong");
    EXPECT_EQ(receive(*one).error(), Errno::Eagain);
    EXPECT_EQ(one->peer().pid, 2u);
    ASSERT_TRUE(other->shutdown(false, true));
    EXPECT_EQ(receive(*one), "");
    EXPECT_NE(one->poll(nullptr) & kPollReadHangUp, 0u);
    EXPECT_EQ(send(*one, "x"), 1u);
    other->closed();
    EXPECT_EQ(send(*one, "x").error(), Errno::Epipe);
    EXPECT_NE(one->poll(nullptr) & kPollHangUp, 0u);
}

TEST(UnixSocketTest, ListenersHandOutConnectionsInOrder) {
    Ref<UnixSocket> listener = make_unix_socket(kOpenNonBlock, {1, 0, 0});
    UnixName name{.file = nullptr, .text = "name"};
    Ref<UnixSocket> first = make_unix_socket(kOpenNonBlock, {2, 0, 0});
    EXPECT_EQ(first->connect(name).error(), Errno::Econnrefused);
    EXPECT_EQ(listener->listen(1).error(), Errno::Einval);
    ASSERT_TRUE(listener->bind(name));
    EXPECT_EQ(first->bind(name).error(), Errno::Eaddrinuse);
    EXPECT_EQ(first->connect(name).error(), Errno::Econnrefused);
    ASSERT_TRUE(listener->listen(1));
    EXPECT_EQ(listener->accept(0).error(), Errno::Eagain);
    ASSERT_TRUE(first->connect(name));
    EXPECT_EQ(first->connect(name).error(), Errno::Eisconn);
    Ref<UnixSocket> second = make_unix_socket(kOpenNonBlock, {3, 0, 0});
    EXPECT_EQ(second->connect(name).error(), Errno::Eagain);
    EXPECT_NE(listener->poll(nullptr) & kPollIn, 0u);
    EXPECT_EQ(send(*first, "early"), 5u);
    Ref<UnixSocket> served = *listener->accept(0);
    EXPECT_EQ(receive(*served), "early");
    EXPECT_EQ(served->peer().pid, 2u);
    ASSERT_TRUE(second->connect(name));
    listener->closed();
    EXPECT_EQ(receive(*second), "") << "never accepted";
    EXPECT_EQ(make_unix_socket(0, {})->connect(name).error(), Errno::Econnrefused);
}

}  // namespace
}  // namespace occlum::kernel::test
