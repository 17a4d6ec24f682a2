// Emulated instructions, each as bytes in a guest page.
#include "kernel/assist/assist.h"

#include <gtest/gtest.h>

#include <cstring>

#include "current_space.h"
#include "kernel/assist/cpuid.h"

namespace occlum::kernel {
namespace {

constexpr u64 kCode = 0x1000'0000, kData = 0x2000'0000;
constexpr int kSigIll = 4, kSigTrap = 5, kSigSegv = 11, kSiKernel = 0x80;

class AssistTest : public testing::Test {
protected:
    void SetUp() override {
        space = *AddressSpace::create();
        const u32 flags = kMapPrivate | kMapAnonymous | kMapFixed;
        ASSERT_TRUE(space->map({kCode}, kPageSize, 7, flags, nullptr, 0));
        ASSERT_TRUE(space->map({kData}, 2 * kPageSize, 3, flags, nullptr, 0));
        ASSERT_TRUE(space->settle());
        set_current_space(space);
    }
    void TearDown() override {
        set_current_space(nullptr);
        reset_vector_state();
    }
    std::optional<GuestTrap> run(std::vector<u8> code) {
        EXPECT_TRUE(space->copy_out({kCode}, code));
        length = code.size();
        context.rip = kCode;
        return assist(context, {.fs = 0x1000, .gs = 0});
    }
    void expect_done(std::vector<u8> code) {
        const auto trap = run(std::move(code));
        EXPECT_FALSE(trap) << trap->signal;
        EXPECT_EQ(context.rip, kCode + length);
    }
    void expect_signal(std::vector<u8> code, int signal, int si_code) {
        const auto trap = run(std::move(code));
        ASSERT_TRUE(trap);
        EXPECT_EQ(trap->signal, signal);
        EXPECT_EQ(trap->code, si_code);
    }
    std::vector<u8> data(u64 offset, size_t size) {
        std::vector<u8> bytes(size);
        EXPECT_TRUE(space->copy_in(bytes, {kData + offset}));
        return bytes;
    }
    RefPtr<AddressSpace> space;
    sfi::GuestContext context;
    size_t length = 0;
};

TEST_F(AssistTest, CpuidAndXgetbv) {
    context.gpr[sfi::RAX] = 0xffff'ffff'0000'0007;
    context.gpr[sfi::RCX] = 0;
    expect_done({0x0f, 0xa2});
    EXPECT_EQ(context.gpr[sfi::RBX], cpuid(7, 0).ebx);
    context.gpr[sfi::RCX] = 0;
    expect_done({0x0f, 0x01, 0xd0});
    EXPECT_EQ(context.gpr[sfi::RAX], 7u);
    context.gpr[sfi::RCX] = 1;
    expect_signal({0x0f, 0x01, 0xd0}, kSigSegv, kSiKernel);
}

TEST_F(AssistTest, PopfChangesOnlyWhatProgramsMay) {
    context.gpr[sfi::RSP] = kData;
    const u64 all = ~u64{0};
    ASSERT_TRUE(space->copy_out({kData}, std::bit_cast<std::array<u8, 8>>(all)));
    expect_done({0x9d});
    EXPECT_EQ(context.rflags, 0x202u | 0x20'0cd5u);
    EXPECT_EQ(context.gpr[sfi::RSP], kData + 8);
    context.gpr[sfi::RSP] = 0x3000'0000;
    const auto trap = run({0x9d});
    ASSERT_TRUE(trap);
    EXPECT_EQ(trap->signal, kSigSegv);
    EXPECT_EQ(trap->address.value, 0x3000'0000u);
    EXPECT_EQ(context.gpr[sfi::RSP], 0x3000'0000u);
}

TEST_F(AssistTest, Signals) {
    expect_signal({0xcc}, kSigTrap, kSiKernel);
    EXPECT_EQ(context.rip, kCode + 1);
    expect_signal({0xcd, 3}, kSigTrap, kSiKernel);
    EXPECT_EQ(context.rip, kCode + 2);
    expect_signal({0xcd, 0x80}, kSigSegv, kSiKernel);
    EXPECT_EQ(context.rip, kCode);
    expect_signal({0x0f, 0x0b}, kSigIll, 2);
    EXPECT_EQ(context.rip, kCode);
    for (u8 privileged : {0xf4, 0xfa, 0xec, 0xcf, 0x6c}) expect_signal({privileged}, kSigSegv, kSiKernel);
    expect_signal({0x0f, 0x32}, kSigSegv, kSiKernel);
    expect_signal({0x0f, 0x22, 0xd8}, kSigSegv, kSiKernel);
    expect_signal({0xf3, 0x0f, 0xae, 0xc0}, kSigIll, 2);  // rdfsbase
    expect_signal({0xf3, 0x0f, 0xc7, 0xf8}, kSigIll, 2);  // rdpid
    expect_signal({0x62, 0xf1, 0x7c, 0x48, 0x28, 0xc0}, kSigIll, 2);
    expect_signal({0xf0, 0x0f, 0xa2}, kSigIll, 2);
}

TEST_F(AssistTest, InstructionThatRunsOffItsMapping) {
    std::vector<u8> end{0x0f, 0xae};
    ASSERT_TRUE(space->copy_out({kCode + kPageSize - 2}, end));
    context.rip = kCode + kPageSize - 2;
    const auto trap = assist(context, {});
    ASSERT_TRUE(trap);
    EXPECT_EQ(trap->signal, kSigSegv);
    EXPECT_EQ(trap->address.value, kCode + kPageSize);
}

TEST_F(AssistTest, XsaveAndXrstorKeepTheState) {
    context.gpr[sfi::RDI] = kData;
    context.gpr[sfi::RAX] = ~u64{0};
    for (const std::vector<u8>& save :
         {std::vector<u8>{0x48, 0x0f, 0xae, 0x27}, std::vector<u8>{0x0f, 0xc7, 0x27},
          std::vector<u8>{0x0f, 0xae, 0x37}}) {
        asm volatile("vpcmpeqd %%ymm7, %%ymm7, %%ymm7; fld1" ::: "xmm7");
        expect_done(save);
        asm volatile("vzeroall; fninit" ::: "xmm7");
        expect_done({0x0f, 0xae, 0x2f});
        u64 high = 0;
        double top = 0;
        asm volatile("vextractf128 $1, %%ymm7, %%xmm6; movq %%xmm6, %0; fstpl %1"
                     : "=r"(high), "=m"(top)::"xmm6");
        EXPECT_EQ(high, ~u64{0});
        EXPECT_EQ(top, 1.0);
        EXPECT_EQ(data(6, 18), std::vector<u8>(18)) << "host addresses";
        reset_vector_state();
    }
    context.gpr[sfi::RDI] = kData + 8;
    expect_signal({0x0f, 0xae, 0x27}, kSigSegv, kSiKernel);
}

TEST_F(AssistTest, BadXsaveAreasAreRefused) {
    context.gpr[sfi::RDI] = kData;
    context.gpr[sfi::RAX] = 7;
    auto with = [&](u64 offset, u8 value) {
        ASSERT_TRUE(space->fill({kData}, 0, kPageSize));
        ASSERT_TRUE(space->copy_out({kData + offset}, std::array<u8, 1>{value}));
        expect_signal({0x0f, 0xae, 0x2f}, kSigSegv, kSiKernel);
    };
    with(512, 8);
    with(520, 1);
    with(530, 1);
    with(27, 0x80);
    VectorState bad{};
    bad.bytes[513] = 1;
    EXPECT_FALSE(restore_vector_state(bad));
}

TEST_F(AssistTest, FxsaveLeavesTheProgramsBytes) {
    context.gpr[sfi::RBX] = kData;
    ASSERT_TRUE(space->fill({kData}, 0xee, 512));
    expect_done({0x0f, 0xae, 0x03});
    EXPECT_EQ(data(464, 48), std::vector<u8>(48, 0xee));
    EXPECT_EQ(data(0, 2), (std::vector<u8>{0x7f, 0x03}));
    context.gpr[sfi::RBX] = kData + 4;
    expect_signal({0x0f, 0xae, 0x03}, kSigSegv, kSiKernel);
}

TEST_F(AssistTest, X87Environment) {
    context.gpr[sfi::RAX] = kData - 0x1000;
    ASSERT_TRUE(space->fill({kData}, 0xee, 128));
    asm volatile("fld1; fld1; faddp; fstp %%st(0)" ::: "st");
    expect_done({0x64, 0xd9, 0x30});  // fnstenv %fs:(%rax), fs base 0x1000
    EXPECT_EQ(data(12, 16), std::vector<u8>(16)) << "host addresses";
    EXPECT_EQ(data(28, 1)[0], 0xee);
    asm volatile("fld1" ::: "st");
    expect_done({0x64, 0xdd, 0x30});  // fnsave
    EXPECT_EQ(data(28 + 9, 1)[0], 0x3f) << "1.0 on top";
    EXPECT_EQ(data(108, 1)[0], 0xee);
    reset_vector_state();
}

TEST_F(AssistTest, Selectors) {
    context.gpr[sfi::RDX] = ~u64{0};
    expect_done({0x8c, 0xca});  // mov %cs,%edx
    EXPECT_EQ(context.gpr[sfi::RDX], 0x33u);
    context.gpr[sfi::RDX] = 0;
    expect_done({0x8e, 0xda});  // mov %edx,%ds
    context.gpr[sfi::RDX] = 0x1234;
    expect_signal({0x8e, 0xda}, kSigSegv, kSiKernel);
    expect_signal({0x8e, 0xca}, kSigIll, 2);
    context.gpr[sfi::RSP] = kData + 64;
    expect_done({0x0f, 0xa0});
    EXPECT_EQ(context.gpr[sfi::RSP], kData + 56);
}

}  // namespace
}  // namespace occlum::kernel
