// gdb's remote protocol as bytes: packets in pieces, damaged ones, escapes, numbers of signals.
#include "kernel/gdb/packet.h"

#include <gtest/gtest.h>

namespace occlum::kernel::gdb {
namespace {

using Kind = PacketReader::Event::Kind;

void add(PacketReader& reader, std::string_view text) {
    const std::vector<u8> bytes(text.begin(), text.end());
    reader.add(bytes);
}

TEST(Packets, ComeInPieces) {
    PacketReader reader;
    add(reader, "+$qSup");
    EXPECT_FALSE(reader.next());
    add(reader, "ported#3");
    EXPECT_FALSE(reader.next());
    add(reader, "7$?#3f");
    const auto first = reader.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->kind, Kind::Packet);
    EXPECT_EQ(first->payload, "qSupported");
    const auto second = reader.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->payload, "?");
    EXPECT_FALSE(reader.next());
}

TEST(Packets, WhatIsDamagedIsSaid) {
    PacketReader reader;
    add(reader, "$g#00\3$m1,zz");
    ASSERT_EQ(reader.next()->kind, Kind::Damaged);
    ASSERT_EQ(reader.next()->kind, Kind::Interrupt);
    EXPECT_FALSE(reader.next());
    add(reader, std::string(kMaxPacket + 2, 'x'));
    ASSERT_EQ(reader.next()->kind, Kind::Damaged);
    EXPECT_FALSE(reader.next());
}

TEST(Packets, FramesHaveTheirSum) {
    EXPECT_EQ(frame("OK"), "$OK#9a");
    EXPECT_EQ(frame(""), "$#00");
    PacketReader reader;
    add(reader, frame("T05thread:1;"));
    EXPECT_EQ(reader.next()->payload, "T05thread:1;");
}

TEST(Packets, EscapesComeBack) {
    std::string all;
    for (int n = 0; n < 256; ++n) all += static_cast<char>(n);
    size_t taken = 0;
    const std::string escaped = escape(all, 1000, taken);
    EXPECT_EQ(taken, all.size());
    EXPECT_EQ(escaped.find_first_of("$#"), std::string::npos);
    EXPECT_EQ(unescape(escaped), all);
    EXPECT_EQ(escape("a#b", 2, taken), "a");
    EXPECT_EQ(taken, 1u);
}

TEST(Packets, ObjectsGoInPieces) {
    EXPECT_EQ(piece_of("hello", 0, 3), "mhel");
    EXPECT_EQ(piece_of("hello", 3, 3), "llo");
    EXPECT_EQ(piece_of("hello", 5, 3), "l");
    EXPECT_EQ(piece_of("hello", ~u64{0}, 3), "l");
}

TEST(Packets, NumbersAndData) {
    EXPECT_EQ(hex(u64{0}), "0");
    EXPECT_EQ(hex(u64{0xdeadbeef}), "deadbeef");
    EXPECT_EQ(hex_of_text("a/"), "612f");
    EXPECT_EQ(bytes_of("0aFf"), (std::vector<u8>{0x0a, 0xff}));
    EXPECT_FALSE(bytes_of("0"));
    EXPECT_FALSE(bytes_of("0g"));
    Scanner scanner("Z0,4016d3,1;rest");
    EXPECT_TRUE(scanner.skip("Z0,"));
    EXPECT_EQ(scanner.number(), 0x4016d3u);
    EXPECT_FALSE(scanner.number());
    EXPECT_EQ(scanner.until(';'), ",1");
    EXPECT_EQ(scanner.until(';'), "rest");
    EXPECT_TRUE(scanner.done());
}

TEST(Packets, SignalsHaveTwoNumbers) {
    EXPECT_EQ(gdb_signal(5), 5u);
    EXPECT_EQ(gdb_signal(10), 30u);
    EXPECT_EQ(linux_signal(30), 10u);
    EXPECT_EQ(linux_signal(0), 0u);
    EXPECT_EQ(linux_signal(7), 0u);
    for (u32 number = 1; number <= 64; ++number) EXPECT_EQ(linux_signal(gdb_signal(number)), number);
}

}  // namespace
}  // namespace occlum::kernel::gdb
