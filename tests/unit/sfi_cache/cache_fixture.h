// A cache on its own, whose guest code is a few bytes by hand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "sfi/cache/code_cache.h"
#include "sfi/gate/hosted/hosted_memory.h"
#include "sfi/gate/hosted/hosted_vcpu.h"

namespace occlum::sfi {
inline constexpr u64 kCodeSize = 256 << 10;
inline constexpr u64 kGuestCode = 0x400000;

struct Bytes : CodeBytes {
    explicit Bytes(std::initializer_list<u8> list) : memory(kPageSize, 0xcc) {
        std::copy(list.begin(), list.end(), memory.begin());
    }
    size_t read(u64 offset, std::span<u8> out) const override {
        if (offset >= memory.size()) return 0;
        const size_t count = std::min<size_t>(out.size(), memory.size() - offset);
        std::ranges::copy(std::span(memory).subspan(offset, count), out.begin());
        return count;
    }
    std::vector<u8> memory;
};

// mov $n,%eax; jmp 1f; 1: syscall
inline Ref<Bytes> returns(u8 n) {
    return make_ref<Bytes>(std::initializer_list<u8>{0xb8, n, 0, 0, 0, 0xeb, 0x00, 0x0f, 0x05});
}

/// All of it with and without pairs of calls and returns.
class CacheTest : public testing::TestWithParam<bool>, public CacheMemory {
protected:
    CacheTest() {
        vcpu_.watch_code(code_.start(), kCodeSize);
        domain_.protect(0x100000, 0x10000, Access::ReadWrite);
        set_domain(vcpu_.block(), domain_.start());
        const u64 paired_from = GetParam() ? 0 : ~u64{0};
        cache_ =
            CodeCache::create({code_.start(), kCodeSize, tables_.start(), 3, paired_from}, *this).value();
    }

    Result<void> commit(u64 address, u64 size) override {
        if (budget_ < size) return err(Errno::Enomem);
        budget_ -= size;
        if (address - code_.start() < kCodeSize)
            code_.protect(address - code_.start(), size, Access::All);
        else
            tables_.protect(address - tables_.start(), size, Access::ReadWrite);
        return {};
    }
    void decommit(u64 address, u64 size) override {
        budget_ += size;
        tables_.drop(address - tables_.start(), size);
    }

    static ExecMapping mapping(Ref<Bytes> bytes, u64 identity, u64 start = kGuestCode) {
        return {{start}, kPageSize, bytes, 0, identity};
    }
    Ref<CodeSpace> space(std::initializer_list<ExecMapping> mappings) {
        return cache_->space(std::span(mappings.begin(), mappings.size())).value();
    }
    // Runs until the first system call and returns eax.
    u64 run(CodeSpace& space, u64 start = kGuestCode) {
        vcpu_.block().table = space.table();
        context_ = GuestContext{};
        context_.gpr[RSP] = 0x108000;
        context_.rip = start;
        for (int exits = 0; exits < 20; ++exits) {
            const ExitKind kind = vcpu_.enter(context_, cache_->resolve(space, {context_.rip}).value());
            if (kind == ExitKind::Syscall) return context_.gpr[RAX];
            if (kind == ExitKind::Link)
                cache_->link(space, static_cast<u32>(vcpu_.block().exit_arg));
            else if (kind != ExitKind::Miss)
                break;
        }
        ADD_FAILURE() << "no system call";
        return 0;
    }

    HostedVcpu vcpu_;
    HostedRange domain_{kDomainSize, kDomainSize}, code_{kCodeSize, kPageSize},
        tables_{3 * kTableSize, kPageSize};
    u64 budget_ = 1 << 20;
    std::unique_ptr<CodeCache> cache_;
    GuestContext context_;
};

}  // namespace occlum::sfi
