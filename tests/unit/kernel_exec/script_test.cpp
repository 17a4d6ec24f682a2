#include "kernel/exec/script.h"

#include <gtest/gtest.h>

namespace occlum::kernel {
namespace {

auto parse(std::string_view text) {
    const std::vector<u8> bytes(text.begin(), text.end());
    return read_script_line(bytes);
}

TEST(ScriptLine, AsLinuxReadsIt) {
    EXPECT_FALSE(
        *parse("\x7f"
               "ELF"));
    EXPECT_FALSE(*parse(""));
    const auto plain = *parse("#!/bin/sh\necho\n");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->interpreter, "/bin/sh");
    EXPECT_FALSE(plain->argument);
    const auto argument = *parse("#! \t/usr/bin/env  python3 -u \t\nx");
    EXPECT_EQ(argument->interpreter, "/usr/bin/env");
    EXPECT_EQ(argument->argument, "python3 -u");
    EXPECT_EQ((*parse("#!/bin/sh"))->interpreter, "/bin/sh");
    EXPECT_EQ((*parse("#!a\n"))->interpreter, "a");
}

TEST(ScriptLine, Refused) {
    EXPECT_EQ(parse("#!").error(), Errno::Enoexec);
    EXPECT_EQ(parse("#!   \n/bin/sh").error(), Errno::Enoexec);
    EXPECT_EQ(parse("#!" + std::string(254, 'x')).error(), Errno::Enoexec);
    EXPECT_TRUE(parse("#!/bin/sh " + std::string(246, 'x')));
}

}  // namespace
}  // namespace occlum::kernel
