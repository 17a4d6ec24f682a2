// Real programs, translated: what they print must be what they print natively.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <cstdio>

#include "mini_kernel.h"

namespace occlum::tests {
namespace {

constexpr const char* kBusybox = "/bin/busybox";

std::string native(const std::string& command, const std::string& input) {
    const std::string path = testing::TempDir() + "occlum_input";
    if (FILE* file = std::fopen(path.c_str(), "w")) {
        std::fwrite(input.data(), 1, input.size(), file);
        std::fclose(file);
    }
    std::string output;
    FILE* pipe = popen((command + " < " + path).c_str(), "r");
    char buffer[4096];
    while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
    pclose(pipe);
    return output;
}

std::string numbers(int count) {
    std::string text;
    for (int n = 0; n < count; ++n)
        text += std::to_string(n * 7919 % 10007) + " line " + std::to_string(n) + "\n";
    return text;
}

struct Case {
    std::vector<std::string> arguments;
    std::string command;
    int lines = 0;
};

/// A case, and whether calls and returns are pairs.
class Busybox : public testing::TestWithParam<std::tuple<Case, bool>> {
protected:
    const Case& test_ = std::get<0>(GetParam());
    const bool paired_ = std::get<1>(GetParam());
};

TEST_P(Busybox, PrintsTheSame) {
    const std::string input = numbers(test_.lines);
    MiniKernel kernel(paired_);
    const Outcome ours = kernel.run(kBusybox, test_.arguments, input);
    EXPECT_TRUE(ours.output == native(test_.command, input)) << ours.output.substr(0, 300);
    EXPECT_EQ(ours.status, 0);
    EXPECT_EQ(ours.stats.rejected, 0u);
    printf("%lu units, %lu instructions, %lu host bytes, %lu links, translate %lu us, verify %lu us\n",
           ours.stats.units, ours.stats.guest_instructions, ours.stats.code_bytes, ours.stats.links,
           ours.stats.translate_ns / 1000, ours.stats.verify_ns / 1000);
}

// Interrupted again and again, and each time continued from the recovered state instead of the raw
// one.
TEST_P(Busybox, SurvivesRecoveryAnywhere) {
    const std::string input = numbers(test_.lines);
    const std::string expected = native(test_.command, input);
    MiniKernel kernel(paired_);
    const itimerval often{{0, 100}, {0, 100}}, never{};
    setitimer(ITIMER_REAL, &often, nullptr);
    const Outcome ours = kernel.run(kBusybox, test_.arguments, input);
    setitimer(ITIMER_REAL, &never, nullptr);
    EXPECT_TRUE(ours.output == expected) << ours.output.substr(0, 300);
    EXPECT_EQ(ours.status, 0);
    printf("%lu recoveries\n", kernel.recovered());
}

INSTANTIATE_TEST_SUITE_P(
    Applets, Busybox,
    testing::Combine(
        testing::Values(Case{{"busybox", "echo", "hello"}, "busybox echo hello"},
                        Case{{"busybox", "seq", "1", "2000"}, "busybox seq 1 2000"},
                        Case{{"busybox", "sort", "-n"}, "busybox sort -n", 3000},
                        Case{{"busybox", "sha256sum"}, "busybox sha256sum", 20000},
                        Case{{"busybox", "md5sum"}, "busybox md5sum", 20000},
                        Case{{"busybox", "gzip", "-c"}, "busybox gzip -c", 2000},
                        Case{{"busybox", "bzip2", "-c"}, "busybox bzip2 -c", 2000},
                        Case{{"busybox", "sed", "s/line \\([0-9]*\\)/<\\1>/g"},
                             "busybox sed 's/line \\([0-9]*\\)/<\\1>/g'",
                             2000},
                        Case{{"busybox", "awk",
                              "{ s += $1 * 1.5; if ($3 % 100 == 0) print $1 / 7, $3 * 2.5, s }"},
                             "busybox awk '{ s += $1 * 1.5; if ($3 % 100 == 0) print $1 / 7, $3 * 2.5, s }'",
                             2000},
                        Case{{"busybox", "od", "-x"}, "busybox od -x", 500},
                        Case{{"busybox", "printf", "%.10f %e %g\\n", "3.14159", "1e100", "0.1"},
                             "busybox printf '%.10f %e %g\\n' 3.14159 1e100 0.1"}),
        testing::Bool()));

}  // namespace
}  // namespace occlum::tests
