// Answers to routing messages, well-formed and not.
#include <gtest/gtest.h>

#include <random>

#include "kernel/net/interfaces.h"

namespace occlum::kernel {
namespace {

constexpr u16 kGetLink = 18, kNewLink = 16, kGetAddress = 22, kGetRoute = 26, kSetLink = 19;
constexpr u16 kRequest = 1, kAcknowledge = 4, kDump = 0x300;
constexpr u32 kPort = 42;

void put(std::vector<u8>& bytes, u64 value, size_t size) {
    for (size_t n = 0; n < size; ++n) bytes.push_back(static_cast<u8>(value >> (8 * n) & 0xff));
}
u64 number(std::span<const u8> bytes, size_t at, size_t size) {
    u64 value = 0;
    for (size_t n = 0; n < size; ++n) value |= u64{bytes[at + n]} << (8 * n);
    return value;
}

/// A header and a body of zeroes but for the index of a link.
std::vector<u8> message(u16 type, u16 flags, u32 index = 0) {
    std::vector<u8> bytes;
    put(bytes, 32, 4);
    put(bytes, type, 2);
    put(bytes, flags, 2);
    put(bytes, 7, 4);
    put(bytes, 0, 8);
    put(bytes, index, 4);
    put(bytes, 0, 8);
    return bytes;
}

i32 error_in(std::span<const u8> answer) { return static_cast<i32>(number(answer, 16, 4)); }

TEST(RouteMessages, ALinkByItsIndex) {
    const auto answers = answer_route_messages(message(kGetLink, kRequest, 1), kPort);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(number(answers[0], 0, 4), answers[0].size());
    EXPECT_EQ(number(answers[0], 4, 2), kNewLink);
    EXPECT_EQ(number(answers[0], 8, 4), 7u);
    EXPECT_EQ(number(answers[0], 12, 4), kPort);
}

TEST(RouteMessages, WhatIsNotThereIsAnError) {
    const auto answers = answer_route_messages(message(kGetLink, kRequest, 9), kPort);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(error_in(answers[0]), -19);
}

TEST(RouteMessages, NothingCanBeChanged) {
    const auto answers = answer_route_messages(message(kSetLink, kRequest | kAcknowledge, 1), kPort);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(error_in(answers[0]), -1);
}

TEST(RouteMessages, DumpsEnd) {
    for (const u16 type : {kGetLink, kGetAddress, kGetRoute}) {
        const auto answers = answer_route_messages(message(type, kRequest | kDump), kPort);
        ASSERT_FALSE(answers.empty());
        EXPECT_EQ(number(answers.back(), 4, 2), 3u);
        EXPECT_EQ(answers.size(), type == kGetRoute ? 1u : 2u);
    }
}

TEST(RouteMessages, SeveralInOneDatagram) {
    std::vector<u8> both = message(kGetLink, kRequest, 1);
    const std::vector<u8> second = message(kGetLink, kRequest | kAcknowledge, 1);
    both.insert(both.end(), second.begin(), second.end());
    EXPECT_EQ(answer_route_messages(both, kPort).size(), 3u);
}

TEST(RouteMessages, AnythingAtAllIsSurvived) {
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        std::vector<u8> bytes = message(kGetLink, kRequest);
        bytes.resize(random() % 80);
        for (u32 changes = random() % 4; changes != 0 && !bytes.empty(); --changes)
            bytes[random() % bytes.size()] = static_cast<u8>(random() & 0xff);
        for (const auto& answer : answer_route_messages(bytes, kPort)) ASSERT_GE(answer.size(), 16u);
    }
}

}  // namespace
}  // namespace occlum::kernel
