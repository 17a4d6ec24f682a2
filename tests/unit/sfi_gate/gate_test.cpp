// The gate: registers, flags and stack pointer across entry and exit, hostile contexts, interruption and raw
// resumption. Confined code is written by hand here, byte by byte.
#include "sfi/gate/gate.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <bit>
#include <initializer_list>

#include "sfi/gate/hosted/hosted_memory.h"
#include "sfi/gate/hosted/hosted_vcpu.h"

namespace occlum::sfi {
namespace {

constexpr u64 kCodeSize = 64 << 10;
constexpr u64 kCarry = 1, kTrap = 0x100, kDirection = 0x400, kNested = 0x4000, kAlign = 0x40000,
              kId = 0x200000;
constexpr u64 kArithmetic = 0x8d5;  // CF PF AF ZF SF OF
constexpr u64 kFixed = 0x202;

u64 machine_flags() {
    u64 flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}

class GateTest : public testing::Test {
protected:
    GateTest() {
        code_.protect(0, kCodeSize, Access::ReadWrite);
        write_stub_page(bytes().data());
        domain_.protect(0x100000, 0x10000, Access::ReadWrite);
        set_domain(vcpu_.block(), domain_.start());
        vcpu_.watch_code(code_.start(), kCodeSize);
        for (size_t i = 0; i < 16; ++i) context_.gpr[i] = 0x1111222233330000 * (i + 1) + i;
        context_.gpr[RSP] = 0x108000;
    }

    std::span<u8> bytes() { return code_.bytes(0, kCodeSize); }
    u64 here() const { return code_.start() + size_; }

    void emit(std::initializer_list<int> list) {
        for (int byte : list) bytes()[size_++] = static_cast<u8>(byte);
    }
    void emit32(u32 value) {
        for (const u8 byte : std::bit_cast<std::array<u8, 4>>(value)) emit({byte});
    }
    void emit_landing() {
        emit({0x64, 0x4c, 0x8b, 0x1c, 0x25}), emit32(0x18);  // mov S0,%r11
        emit({0x64, 0x4c, 0x8b, 0x14, 0x25}), emit32(0x20);  // mov S1,%r10
    }
    void emit_jump_to_stub(Stub stub) {
        emit({0xe9});
        emit32(static_cast<u32>(static_cast<u32>(stub) * kStubStride - (size_ + 4)));
    }
    void emit_exit(Stub stub, u32 rip, u32 argument) {
        emit({0x64, 0xc7, 0x04, 0x25}), emit32(0x48), emit32(rip);
        emit({0x64, 0xc7, 0x04, 0x25}), emit32(0x50), emit32(argument);
        emit_jump_to_stub(stub);
    }
    ExitKind run() {
        code_.protect(0, kCodeSize, Access::ReadExecute);
        const ExitKind kind = vcpu_.enter(context_, code_.start() + kFirstUnit);
        EXPECT_EQ(machine_flags() & (kTrap | kDirection | kNested | kAlign), 0u);
        return kind;
    }

    HostedVcpu vcpu_;
    HostedRange domain_{kDomainSize, kDomainSize};
    HostedRange code_{kCodeSize, kPageSize};
    size_t size_ = kFirstUnit;
    GuestContext context_;
};

TEST_F(GateTest, EveryStubReturnsItsKindArgumentAndTheSameRegisters) {
    const GuestContext before = context_;
    for (const Stub stub : {Stub::Link, Stub::Syscall, Stub::Assist, Stub::Fetch}) {
        code_.protect(0, kCodeSize, Access::ReadWrite);
        size_ = kFirstUnit;
        emit_landing();
        emit_exit(stub, 0xfedc0010, 0x80000005 + static_cast<u32>(stub));
        EXPECT_EQ(run(), static_cast<ExitKind>(stub));
        EXPECT_EQ(context_.gpr, before.gpr);
        EXPECT_EQ(context_.rip, 0xfedc0010u);
        EXPECT_EQ(vcpu_.block().exit_arg, 0x80000005u + static_cast<u32>(stub));
        EXPECT_EQ(context_.rflags, kFixed);
        EXPECT_EQ(context_.host_pc, 0u);
    }
}

TEST_F(GateTest, RegistersAreTheGuestsEvenIfTheLandingReloadsNothing) {
    emit_exit(Stub::Syscall, 0, 0);
    const GuestContext before = context_;
    EXPECT_EQ(run(), ExitKind::Syscall);
    EXPECT_EQ(context_.gpr, before.gpr);
}

TEST_F(GateTest, MissTakesTheTargetFromR11AndTheRegistersFromTheSlots) {
    emit_landing();
    emit({0x64, 0x4c, 0x89, 0x1c, 0x25}), emit32(0x18);                  // mov %r11,S0
    emit({0x64, 0x4c, 0x89, 0x14, 0x25}), emit32(0x20);                  // mov %r10,S1
    emit({0x49, 0xbb, 0xef, 0xbe, 0xad, 0xde, 0xff, 0xff, 0xff, 0xff});  // mov $0xffffffffdeadbeef,%r11
    emit({0x4d, 0x31, 0xd2});                                            // xor %r10,%r10
    emit_jump_to_stub(Stub::Miss);
    const GuestContext before = context_;
    EXPECT_EQ(run(), ExitKind::Miss);
    EXPECT_EQ(context_.rip, 0xdeadbeefu);
    EXPECT_EQ(context_.gpr, before.gpr);
}

TEST_F(GateTest, EveryCombinationOfGuestFlagsSurvives) {
    emit_landing();
    emit_exit(Stub::Syscall, 0, 0);
    for (u64 bits = 0; bits < 256; ++bits) {
        u64 flags = kFixed;
        const std::array<u64, 8> each{1, 4, 0x10, 0x40, 0x80, 0x400, 0x800, kId};
        for (size_t i = 0; i < each.size(); ++i)
            if (bits >> i & 1) flags |= each[i];
        context_.rflags = flags;
        EXPECT_EQ(run(), ExitKind::Syscall);
        EXPECT_EQ(context_.rflags, flags);
    }
}

TEST_F(GateTest, GuestSeesTheFlagsOfItsContext) {
    emit_landing();
    emit({0x9c, 0x5b});  // pushf; pop %rbx
    emit_exit(Stub::Syscall, 0, 0);
    for (const u64 flags : {kArithmetic, kDirection, kArithmetic | kDirection, kCarry}) {
        context_.rflags = flags;
        EXPECT_EQ(run(), ExitKind::Syscall);
        EXPECT_EQ(context_.gpr[RBX] & ~kFixed & ~kId, flags);
    }
}

TEST_F(GateTest, HarmfulFlagsOfAContextAreNeverLoaded) {
    emit_landing();
    emit({0x9c, 0x5b});                    // pushf; pop %rbx
    emit({0x65, 0x67, 0x8b, 0x14, 0x25});  // mov %gs:0x100001,%edx: traps if AC is loaded
    emit32(0x100001);
    emit_exit(Stub::Syscall, 0, 0);
    for (const u64 more : {u64{0}, kDirection, kId}) {
        context_.rflags = (~u64{0} & ~(kDirection | kId)) | more;
        EXPECT_EQ(run(), ExitKind::Syscall);
        EXPECT_EQ(context_.gpr[RBX] & (kTrap | kNested | kAlign), 0u);
        EXPECT_EQ(context_.rflags & ~kId, kFixed | kArithmetic | (more & kDirection));
    }
}

TEST_F(GateTest, HarmfulFlagsSetByTheGuestDoNotReachTheKernel) {
    emit_landing();
    emit({0x68}), emit32(static_cast<u32>(kDirection | kNested | kAlign | kCarry));  // push $flags
    emit({0x9d});                                                                    // popf
    emit_exit(Stub::Syscall, 0, 0);
    EXPECT_EQ(run(), ExitKind::Syscall);
    EXPECT_EQ(context_.rflags, kFixed | kDirection | kCarry);
}

TEST_F(GateTest, OnlyTheLowHalfOfAStackPointerCounts) {
    emit_landing();
    emit({0x50, 0x5b});  // push %rax; pop %rbx
    emit_exit(Stub::Syscall, 0, 0);
    context_.gpr[RSP] = 0xdeadbeef00108000;
    EXPECT_EQ(run(), ExitKind::Syscall);
    EXPECT_EQ(context_.gpr[RSP], 0x108000u);
    EXPECT_EQ(context_.gpr[RBX], context_.gpr[RAX]);
    EXPECT_EQ(std::bit_cast<u64>(*reinterpret_cast<std::array<u8, 8>*>(domain_.bytes(0x107ff8, 8).data())),
              context_.gpr[RAX]);
}

TEST_F(GateTest, GarbageStackPointersFaultInTheGuest) {
    emit_landing();
    emit({0x50});  // push %rax
    emit_exit(Stub::Syscall, 0, 0);
    for (const u64 sp : {u64{0}, u64{8}, u64{0xffffffff}, ~u64{0}}) {
        context_.gpr[RSP] = sp;
        context_.host_pc = 0;
        EXPECT_EQ(run(), ExitKind::Interrupt);
        EXPECT_EQ(vcpu_.fault().signal, SIGSEGV);
        EXPECT_EQ(context_.gpr[RSP], domain_.start() + (sp & 0xffffffff));
    }
}

TEST_F(GateTest, AnInterruptedContextIsRawAndGoesOn) {
    emit_landing();
    emit({0x64, 0x48, 0x89, 0x1c, 0x25}), emit32(0x28);  // mov %rbx,S2
    emit({0xf9});                                        // stc
    const u64 fault = here();
    emit({0x0f, 0x0b});                                  // ud2
    emit({0x64, 0x4c, 0x8b, 0x3c, 0x25}), emit32(0x28);  // mov S2,%r15
    emit_exit(Stub::Assist, 0x42, 1);
    const GuestContext before = context_;
    ASSERT_EQ(run(), ExitKind::Interrupt);
    EXPECT_EQ(vcpu_.fault().signal, SIGILL);
    EXPECT_EQ(context_.host_pc, fault);
    EXPECT_EQ(context_.gpr[RSP], domain_.start() + before.gpr[RSP]);
    EXPECT_EQ(context_.scratch, (std::array<u64, 4>{before.gpr[R11], before.gpr[R10], before.gpr[RBX], 0}));

    context_.scratch[2] = 0x7777;
    vcpu_.block().scratch = {};
    context_.host_pc += 2;
    ASSERT_EQ(run(), ExitKind::Assist);
    EXPECT_EQ(context_.gpr[R15], 0x7777u);
    EXPECT_EQ(context_.gpr[RSP], before.gpr[RSP]);
    EXPECT_EQ(context_.rflags, kFixed | kCarry);
    EXPECT_EQ(context_.host_pc, 0u);
}

// Between its two stores an exit sequence may be interrupted, and the slots be another task's meanwhile.
TEST_F(GateTest, AnInterruptedExitGoesOnWithItsSlots) {
    emit_landing();
    emit({0x64, 0xc7, 0x04, 0x25}), emit32(0x48), emit32(0x1234);  // movl $0x1234,GUEST_RIP
    emit({0x64, 0xc7, 0x04, 0x25}), emit32(0x50), emit32(0x5678);  // movl $0x5678,EXIT_ARG
    emit({0x0f, 0x0b});                                            // ud2
    emit_jump_to_stub(Stub::Link);
    ASSERT_EQ(run(), ExitKind::Interrupt);
    vcpu_.block().guest_rip = vcpu_.block().exit_arg = 0;
    context_.host_pc += 2;
    ASSERT_EQ(run(), ExitKind::Link);
    EXPECT_EQ(context_.rip, 0x1234u);
    EXPECT_EQ(vcpu_.block().exit_arg, 0x5678u);
}

TEST_F(GateTest, FaultsLeaveTheirAddress) {
    emit_landing();
    emit({0x65, 0x67, 0x8b, 0x04, 0x25}), emit32(0xfffffffc);  // mov %gs:0xfffffffc,%eax
    ASSERT_EQ(run(), ExitKind::Interrupt);
    EXPECT_EQ(vcpu_.fault().signal, SIGSEGV);
    EXPECT_EQ(vcpu_.fault().address, domain_.start() + 0xfffffffc);
}

TEST_F(GateTest, PreemptionByATimerLosesNothing) {
    emit_landing();
    const size_t loop = size_;
    emit({0x50, 0x48, 0xff, 0xc0, 0x5a});                // push %rax; inc %rax; pop %rdx
    emit({0x64, 0x48, 0x89, 0x04, 0x25}), emit32(0x30);  // mov %rax,S3
    emit({0x64, 0x48, 0x8b, 0x1c, 0x25}), emit32(0x30);  // mov S3,%rbx
    emit({0x48, 0x39, 0xd8});                            // cmp %rbx,%rax
    emit({0x75, 0x05});                                  // jne over the next two
    emit({0x48, 0xff, 0xc9, 0x75, static_cast<int>(loop - (size_ + 5)) & 0xff});  // dec %rcx; jne loop
    emit_exit(Stub::Syscall, 0, 0);
    constexpr u64 kRounds = 100'000'000;
    context_.gpr[RAX] = 0;
    context_.gpr[RCX] = kRounds;
    const itimerval every{.it_interval = {.tv_sec = 0, .tv_usec = 200},
                          .it_value = {.tv_sec = 0, .tv_usec = 200}};
    setitimer(ITIMER_REAL, &every, nullptr);
    size_t interrupts = 0;
    ExitKind kind = run();
    for (; kind == ExitKind::Interrupt; kind = run()) ++interrupts;
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    EXPECT_EQ(kind, ExitKind::Syscall);
    EXPECT_EQ(context_.gpr[RAX], kRounds);
    EXPECT_EQ(context_.gpr[RCX], 0u);
    EXPECT_GT(interrupts, 10u);
}

TEST_F(GateTest, TheBlockKnowsItself) {
    constexpr auto self = [](u64, u64) { return reinterpret_cast<u64>(&this_vcpu()); };
    EXPECT_EQ(vcpu_.call(self, 0, 0), reinterpret_cast<u64>(&vcpu_.block()));
}

}  // namespace
}  // namespace occlum::sfi
