// The code cache: who shares what, links, changed code, the full cache.
#include "cache_fixture.h"

namespace occlum::sfi {
namespace {

TEST_P(CacheTest, EqualMappingsAreOneSpace) {
    const auto bytes = returns(7);
    const auto first = space({mapping(bytes, 1), mapping(bytes, 2, 0x500000)});
    const auto second = space({mapping(bytes, 2, 0x500000), mapping(bytes, 1)});
    EXPECT_EQ(first.get(), second.get());
    EXPECT_EQ(cache_->stats().space_hits, 1u);
    EXPECT_EQ(run(*first), 7u);
}

TEST_P(CacheTest, DifferentSpacesShareTheTranslationOfAnEqualMapping) {
    const auto bytes = returns(7);
    const auto first = space({mapping(bytes, 1)});
    const auto second = space({mapping(bytes, 1), mapping(bytes, 2, 0x500000)});
    EXPECT_NE(first->table(), second->table());
    EXPECT_EQ(run(*first), 7u);
    const u64 units = cache_->stats().units;
    EXPECT_EQ(run(*second), 7u);
    EXPECT_EQ(cache_->stats().units, units);
    EXPECT_GT(cache_->stats().shared_entries, 0u);
}

TEST_P(CacheTest, OtherIdentityOrPlaceIsOtherCode) {
    const auto first = space({mapping(returns(1), 1)});
    const auto second = space({mapping(returns(2), 2)});
    EXPECT_EQ(run(*first), 1u);
    EXPECT_EQ(run(*second), 2u);
}

TEST_P(CacheTest, WhatIsNotMappedExecutableIsAFault) {
    const auto here = space({mapping(returns(1), 1)});
    for (const u64 address : {u64{0}, kGuestCode - 1, kGuestCode + kPageSize, kDomainSize, ~u64{0}}) {
        EXPECT_EQ(cache_->resolve(*here, {address}).error(), Errno::Efault);
    }
}

TEST_P(CacheTest, MappingsOutsideTheDomainAreRefused) {
    const ExecMapping far = mapping(returns(1), 1, kDomainSize);
    const ExecMapping odd = mapping(returns(1), 1, kGuestCode + 1);
    EXPECT_EQ(cache_->space(std::span(&far, 1)).error(), Errno::Einval);
    EXPECT_EQ(cache_->space(std::span(&odd, 1)).error(), Errno::Einval);
}

// 0: jmp 800 (too far for one region is not needed: the target is translated first); 800: mov $9,%eax;
// syscall
TEST_P(CacheTest, LinkedBranchesGoStraightToTheirTarget) {
    auto bytes = make_ref<Bytes>(std::initializer_list<u8>{0xe9, 0xfb, 0x0b, 0, 0});
    const u8 target[] = {0xb8, 9, 0, 0, 0, 0x0f, 0x05};
    std::memcpy(bytes->memory.data() + 0xc00, target, sizeof target);
    const auto here = space({mapping(bytes, 1)});
    EXPECT_EQ(run(*here), 9u);
    EXPECT_EQ(cache_->stats().links, 1u);
    vcpu_.block().table = here->table();
    context_ = GuestContext{};
    EXPECT_EQ(vcpu_.enter(context_, cache_->resolve(*here, {kGuestCode}).value()), ExitKind::Syscall);
}

TEST_P(CacheTest, UnknownLinksAreIgnored) {
    const auto here = space({mapping(returns(1), 1)});
    cache_->link(*here, 0);
    cache_->link(*here, 1);
    cache_->link(*here, ~u32{0});
    EXPECT_EQ(run(*here), 1u);
}

// Private code: the bytes of a whole process, by guest address.
constexpr u64 kOwn = 900;
struct OwnBytes : Bytes {
    OwnBytes() : Bytes({}) { memory.assign(4 * kPageSize, 0xcc); }
    size_t read(u64 offset, std::span<u8> out) const override {
        return Bytes::read(offset - kGuestCode, out);
    }
    // mov $n,%eax; jmp target
    void put_jump(u64 at, u8 n, u64 target) {
        put(at, {0xb8, n, 0, 0, 0, 0xe9});
        const u32 distance = static_cast<u32>(target - (at + 10));
        std::memcpy(memory.data() + at + 6, &distance, 4);
    }
    void put_end(u64 at) { put(at, {0x0f, 0x05}); }
    void put(u64 at, std::initializer_list<u8> list) {
        std::copy(list.begin(), list.end(), memory.begin() + static_cast<std::ptrdiff_t>(at));
    }
};
ExecMapping own(Ref<OwnBytes> bytes, u64 first, u64 pages) {
    return {{kGuestCode + first * kPageSize}, pages * kPageSize, bytes, kGuestCode + first * kPageSize, kOwn};
}

TEST_P(CacheTest, ChangedCodeIsTranslatedAgainPageByPage) {
    auto bytes = make_ref<OwnBytes>();
    bytes->put_jump(0, 1, 2 * kPageSize);
    bytes->put_end(2 * kPageSize);
    bytes->put_jump(kPageSize, 3, 2 * kPageSize);
    const ExecMapping all = own(bytes, 0, 4);
    const auto here = cache_->space(std::span(&all, 1), kOwn).value();
    for (int n = 0; n < 3; ++n) {
        EXPECT_EQ(run(*here), 1u);
        EXPECT_EQ(run(*here, kGuestCode + kPageSize), 3u);
    }
    const u64 units = cache_->stats().units;
    bytes->memory[1] = 5;
    EXPECT_EQ(run(*here), 1u) << "not told yet";
    cache_->invalidate(*here, {kGuestCode}, 16);
    EXPECT_EQ(run(*here), 5u);
    EXPECT_EQ(run(*here, kGuestCode + kPageSize), 3u);
    EXPECT_EQ(cache_->stats().units, units + 1) << "the other pages' translations stay";
    // The target of two links changes.
    bytes->put(2 * kPageSize, {0xb8, 9, 0, 0, 0, 0x0f, 0x05});
    cache_->invalidate(*here, {kGuestCode + 2 * kPageSize}, 16);
    EXPECT_EQ(run(*here), 9u);
    EXPECT_EQ(run(*here, kGuestCode + kPageSize), 9u);
}

TEST_P(CacheTest, ChangedCodeDoesNotPileUp) {
    auto bytes = make_ref<OwnBytes>();
    const ExecMapping all = own(bytes, 0, 4);
    const auto here = cache_->space(std::span(&all, 1), kOwn).value();
    bytes->put_end(kPageSize + 8);
    for (u32 n = 0; n < 30000; ++n) {
        bytes->put_jump(0, static_cast<u8>(n), kPageSize + 8);
        cache_->invalidate(*here, {kGuestCode}, kPageSize);
        ASSERT_EQ(run(*here), n & 0xff);
    }
    EXPECT_EQ(cache_->stats().flushes, 0u);
}

TEST_P(CacheTest, CodeThatLosesItsPermissionForAWhileKeepsItsTranslations) {
    auto bytes = make_ref<OwnBytes>();
    bytes->put_jump(0, 1, kPageSize);
    bytes->put_end(kPageSize);
    const ExecMapping all = own(bytes, 0, 2), first = own(bytes, 0, 1);
    const auto here = cache_->space(std::span(&all, 1), kOwn).value();
    EXPECT_EQ(run(*here), 1u);
    const u64 units = cache_->stats().units;
    EXPECT_EQ(cache_->space(std::span(&first, 1), kOwn).value().get(), here.get());
    EXPECT_EQ(cache_->resolve(*here, {kGuestCode + kPageSize}).error(), Errno::Efault);
    vcpu_.block().table = here->table();
    context_ = GuestContext{};
    context_.gpr[RSP] = 0x108000;
    ASSERT_EQ(vcpu_.enter(context_, cache_->resolve(*here, {kGuestCode}).value()), ExitKind::Link);
    EXPECT_EQ(context_.rip, kGuestCode + kPageSize) << "the link is taken back";
    EXPECT_EQ(cache_->space(std::span(&all, 1), kOwn).value().get(), here.get());
    EXPECT_EQ(run(*here), 1u);
    EXPECT_EQ(cache_->stats().units, units);
}

TEST_P(CacheTest, PrivateCodeEndsWithItsProcess) {
    for (u64 n = 0; n < 200; ++n) {
        auto bytes = make_ref<OwnBytes>();
        bytes->put_jump(0, 7, kPageSize);
        bytes->put_end(kPageSize);
        ExecMapping all = own(bytes, 0, 2);
        all.identity = 1000 + n;
        const auto here = cache_->space(std::span(&all, 1), all.identity).value();
        ASSERT_EQ(run(*here), 7u);
    }
    EXPECT_LE(cache_->stats().modules, 2u);
}

TEST_P(CacheTest, FlushEmptiesTheCacheAndKeepsSpaces) {
    const auto here = space({mapping(returns(3), 1)});
    EXPECT_EQ(run(*here), 3u);
    const u64 first = cache_->resolve(*here, {kGuestCode}).value();
    cache_->flush();
    EXPECT_FALSE(cache_->contains(first));
    EXPECT_EQ(run(*here), 3u);
    EXPECT_EQ(cache_->stats().flushes, 1u);
}

TEST_P(CacheTest, AFullCacheIsNoMemoryAndFlushHelps) {
    const auto bytes = make_ref<Bytes>(std::initializer_list<u8>{});
    for (size_t n = 0; n + 2 <= kPageSize; n += 2) bytes->memory[n] = 0x0f, bytes->memory[n + 1] = 0x05;
    const auto here = space({mapping(bytes, 1), mapping(bytes, 2, 0x500000), mapping(bytes, 3, 0x600000),
                             mapping(bytes, 4, 0x700000)});
    Errno last{};
    for (u64 at = 0; at < 4 * kPageSize && last == Errno{}; ++at) {
        const u64 guest =
            (at < kPageSize ? kGuestCode : 0x400000 + at / kPageSize * 0x100000) + at % kPageSize;
        if (const auto landing = cache_->resolve(*here, {guest}); !landing) last = landing.error();
    }
    EXPECT_EQ(last, Errno::Enomem);
    cache_->flush();
    EXPECT_TRUE(cache_->resolve(*here, {kGuestCode}));
}

TEST_P(CacheTest, TablesOfUnusedSpacesAreTakenAgain) {
    for (u8 n = 1; n < 20; ++n) {
        const auto here = space({mapping(returns(n), n)});
        EXPECT_EQ(run(*here), n);
    }
    const auto first = space({mapping(returns(1), 101)}), second = space({mapping(returns(2), 102)});
    const auto third = space({mapping(returns(3), 103)});
    const ExecMapping fourth = mapping(returns(4), 104);
    EXPECT_EQ(cache_->space(std::span(&fourth, 1)).error(), Errno::Enomem);
}

TEST_P(CacheTest, MemoryThatRunsOutIsNoMemoryEverywhere) {
    const u64 enough = budget_;
    for (u64 allowed = 0; allowed <= 64 * kPageSize; allowed += 4 * kPageSize) {
        budget_ = allowed;
        const auto here = space({mapping(returns(4), 200 + allowed)});
        const auto landing = cache_->resolve(*here, {kGuestCode});
        if (!landing) {
            EXPECT_EQ(landing.error(), Errno::Enomem);
        }
        budget_ = enough;
        EXPECT_EQ(run(*here), 4u);
    }
}

TEST_P(CacheTest, PlacesThatAreNoUnit) {
    const auto here = space({mapping(returns(1), 1)});
    const u64 landing = cache_->resolve(*here, {kGuestCode}).value();
    GuestContext context;
    for (const u64 pc : {code_.start(), code_.start() + 17, code_.start() + kCodeSize, u64{0}, ~u64{0}}) {
        context.host_pc = pc;
        EXPECT_FALSE(cache_->recover(context));
        EXPECT_FALSE(cache_->take_miss(context));
    }
    context.host_pc = landing;
    context.scratch[0] = 77;
    EXPECT_TRUE(cache_->recover(context));
    EXPECT_EQ(context.rip, kGuestCode);
    EXPECT_EQ(context.gpr[kTargetRegister], 77u);
}

// call 1f; syscall; 1: mov $n,%eax; ret
Ref<Bytes> calls(u8 n) {
    return make_ref<Bytes>(std::initializer_list<u8>{0xe8, 2, 0, 0, 0, 0x0f, 0x05, 0xb8, n, 0, 0, 0, 0xc3});
}

TEST_P(CacheTest, CallsReturn) {
    const auto here = space({mapping(calls(42), 1)});
    EXPECT_EQ(run(*here), 42u);
    EXPECT_EQ(run(*here), 42u);
}

TEST_P(CacheTest, CallsThroughARegisterReturn) {
    // mov $0x400009,%eax; call *%rax; syscall; 1: mov $9,%eax; ret
    const auto here =
        space({mapping(make_ref<Bytes>(std::initializer_list<u8>{0xb8, 9, 0, 0x40, 0, 0xff, 0xd0, 0x0f, 0x05,
                                                                 0xb8, 9, 0, 0, 0, 0xc3}),
                       1)});
    EXPECT_EQ(run(*here), 9u);
}

TEST_P(CacheTest, ReturnsWithoutACallGoWhereTheStackSays) {
    // mov $5,%eax; push $0x40000b; ret; 1: syscall
    const auto here = space({mapping(make_ref<Bytes>(std::initializer_list<u8>{0xb8, 5, 0, 0, 0, 0x68, 0x0b,
                                                                               0, 0x40, 0, 0xc3, 0x0f, 0x05}),
                                     1)});
    EXPECT_EQ(run(*here), 5u);
}

TEST_P(CacheTest, ACallToCodeThatHadNoLandingYetIsLinked) {
    // mov $3,%eax; jmp 1f (a body only); at 0x40000c: 1: ret; at 0x400010: call 1b; syscall
    const auto bytes = make_ref<Bytes>(
        std::initializer_list<u8>{0xb8, 3,    0,    0,    0,    0xeb, 5,    0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
                                  0xc3, 0xcc, 0xcc, 0xcc, 0xe8, 0xf7, 0xff, 0xff, 0xff, 0x0f, 0x05});
    const auto here = space({mapping(bytes, 1)});
    ASSERT_TRUE(cache_->resolve(*here, {kGuestCode}));
    run(*here, kGuestCode + 16);
    EXPECT_EQ(context_.rip, kGuestCode + 23);
}

INSTANTIATE_TEST_SUITE_P(Pairs, CacheTest, testing::Bool(),
                         [](const auto& info) { return std::string(info.param ? "Paired" : "Unpaired"); });

}  // namespace
}  // namespace occlum::sfi
