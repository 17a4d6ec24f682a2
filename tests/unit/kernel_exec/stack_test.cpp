// The first stack, read back as a program's start-up code would.
#include "kernel/exec/stack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace occlum::kernel {
namespace {

constexpr u64 kTop = 0xfff0'0000;

class Reader {
public:
    explicit Reader(const StackImage& image) : image_(image), at_(image.pointer) {}
    u64 word() {
        u64 value = 0;
        std::memcpy(&value, &image_.bytes.at(at_ - image_.pointer), 8);
        at_ += 8;
        return value;
    }
    std::string string(u64 address) const {
        std::string text;
        while (const u8 byte = image_.bytes.at(address++ - image_.pointer))
            text.push_back(static_cast<char>(byte));
        return text;
    }

private:
    const StackImage& image_;
    u64 at_;
};

Result<StackImage> build(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment, u64 gap = 0, u64 limit = 1 << 20) {
    static constexpr std::array<u8, 16> kRandom{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static constexpr std::array<AuxEntry, 2> kAux{{{kAuxPageSize, 4096}, {kAuxEntry, 0x1234}}};
    return stack_image({.arguments = arguments,
                        .environment = environment,
                        .path = "/bin/prog",
                        .auxiliary = kAux,
                        .random = kRandom,
                        .top = kTop,
                        .gap = gap},
                       limit);
}

TEST(Stack, LayoutAsTheAbiSays) {
    for (size_t count = 0; count < 5; ++count) {
        for (u64 gap : {u64{0}, u64{5}, u64{8191}}) {
            std::vector<std::string> arguments(count, "arg"), environment{"A=1", "PATH=/bin", ""};
            const auto image = build(arguments, environment, gap);
            ASSERT_TRUE(image);
            EXPECT_EQ(image->pointer % 16, 0u);
            EXPECT_EQ(image->pointer + image->bytes.size(), kTop);
            Reader reader(*image);
            EXPECT_EQ(reader.word(), count);
            for (const auto& text : arguments) EXPECT_EQ(reader.string(reader.word()), text);
            EXPECT_EQ(reader.word(), 0u);
            for (const auto& text : environment) EXPECT_EQ(reader.string(reader.word()), text);
            EXPECT_EQ(reader.word(), 0u);
            std::map<u64, u64> auxiliary;
            for (;;) {
                const u64 type = reader.word(), value = reader.word();
                if (type == kAuxNull) break;
                auxiliary[type] = value;
            }
            EXPECT_EQ(auxiliary[kAuxPageSize], 4096u);
            EXPECT_EQ(auxiliary[kAuxEntry], 0x1234u);
            EXPECT_EQ(reader.string(auxiliary[kAuxExecFn]), "/bin/prog");
            EXPECT_EQ(reader.string(auxiliary[kAuxPlatform]), "x86_64");
            EXPECT_EQ(image->bytes.at(auxiliary[kAuxRandom] - image->pointer), 1);
            EXPECT_EQ(auxiliary[kAuxRandom] % 16, 0u);
        }
    }
}

TEST(Stack, Limits) {
    EXPECT_EQ(build({std::string(128 << 10, 'x')}, {}).error(), Errno::E2big);
    EXPECT_TRUE(build({std::string((128 << 10) - 1, 'x')}, {}));
    EXPECT_EQ(build(std::vector<std::string>(200, std::string(10000, 'x')), {}).error(), Errno::E2big);
}

}  // namespace
}  // namespace occlum::kernel
