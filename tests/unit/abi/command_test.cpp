#include "abi/command.h"

#include <gtest/gtest.h>

#include <random>

namespace occlum::abi {

namespace {

Command run_command() {
    Command command{.kind = CommandKind::Run, .session = 3};
    command.run.arguments = {"/bin/echo", "hi"};
    command.run.environment = {"A=b"};
    command.run.directory = "/tmp";
    command.run.options = {{"tty", "0"}};
    return command;
}

bool refused(const Command& command) { return !decode_command(encode_command(command)); }

TEST(Command, survives_a_round_trip) {
    const auto back = decode_command(encode_command(run_command()));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->kind, CommandKind::Run);
    EXPECT_EQ(back->session, 3u);
    EXPECT_EQ(back->run.arguments, run_command().run.arguments);
    EXPECT_EQ(back->run.directory, "/tmp");
    const auto stop = decode_command(encode_command({CommandKind::Stop, 0, 5000, {}}));
    ASSERT_TRUE(stop);
    EXPECT_EQ(stop->value, 5000u);
}

TEST(Command, refuses_what_makes_no_sense) {
    EXPECT_TRUE(refused({CommandKind::Signal, 1, 0, {}}));
    EXPECT_TRUE(refused({CommandKind::Signal, 1, 65, {}}));
    EXPECT_TRUE(refused({CommandKind::Signal, 0, 15, {}}));
    EXPECT_TRUE(refused({CommandKind::Signal, kMaxSessions, 15, {}}));
    EXPECT_TRUE(refused({CommandKind::Stop, 1, 0, {}}));
    EXPECT_TRUE(refused({CommandKind::Stop, 0, ~u64{0}, {}}));
    EXPECT_TRUE(refused({CommandKind::HangUp, 1, 1, {}}));
    EXPECT_TRUE(refused({static_cast<CommandKind>(6), 1, 0, {}}));
    EXPECT_TRUE(refused({static_cast<CommandKind>(0), 1, 0, {}}));
    Command no_program = run_command();
    no_program.run.arguments.clear();
    EXPECT_TRUE(refused(no_program));
    Command with_mount = run_command();
    with_mount.run.mounts.push_back({.guest_path = "/"});
    EXPECT_TRUE(refused(with_mount));
    auto trailing = encode_command({CommandKind::Window, 1, 0, {}});
    trailing.resize(trailing.size() + 8);
    EXPECT_FALSE(decode_command(trailing));
    EXPECT_FALSE(decode_command({}));
}

TEST(Command, every_cut_and_every_flipped_byte_is_decoded_or_refused) {
    const auto good = encode_command(run_command());
    // What is cut between records is a shorter command, anywhere else none.
    for (size_t size = 0; size < good.size(); ++size) {
        const auto command = decode_command(std::span(good).first(size));
        if (command) EXPECT_TRUE(size % 8 == 0 && !command->run.arguments.empty());
    }
    std::mt19937 random(1);
    for (int n = 0; n < 20000; ++n) {
        auto bad = good;
        for (int flips = 0; flips < 3; ++flips) bad.at(random() % bad.size()) ^= static_cast<u8>(random());
        const auto command = decode_command(bad);
        if (!command) continue;
        EXPECT_LT(command->session, kMaxSessions);
        if (command->kind == CommandKind::Run) EXPECT_FALSE(command->run.arguments.empty());
    }
}

}  // namespace
}  // namespace occlum::abi
