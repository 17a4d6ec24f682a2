// gate_round_trip: from guest code through the SYSCALL stub into C++ and back, in nanoseconds (median of
// several).
#include <time.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>

#include "sfi/gate/hosted/hosted_memory.h"
#include "sfi/gate/hosted/hosted_vcpu.h"

namespace {

using namespace occlum;
using namespace occlum::sfi;

constexpr u64 kRounds = 1'000'000;
constexpr int kSamples = 15;

GuestContext context;
u64 landing;

// Guest code as the translator emits it: the landing pad, then a system call whose next instruction is
// itself.
void write_guest(std::span<u8> code) {
    size_t at = kFirstUnit;
    const auto put = [&](std::initializer_list<u8> bytes) {
        for (const u8 byte : bytes) code[at++] = byte;
    };
    const auto put32 = [&](u32 value) {
        for (const u8 byte : std::bit_cast<std::array<u8, 4>>(value)) code[at++] = byte;
    };
    put({0x64, 0x48, 0x8b, 0x04, 0x25}), put32(static_cast<u32>(Slot::Scratch0));
    put({0x64, 0x48, 0x8b, 0x0c, 0x25}), put32(static_cast<u32>(Slot::Scratch1));
    put({0x64, 0xc7, 0x04, 0x25}), put32(static_cast<u32>(Slot::GuestRip)), put32(0x1000);
    put({0xe9});
    put32(static_cast<u32>(static_cast<u32>(Stub::Syscall) * kStubStride - (at + 4)));
}

double processor_ns() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

u64 run_rounds(u64 rounds, u64) {
    u64 calls = 0;
    for (u64 i = 0; i < rounds; ++i) {
        calls += enter_guest(context, landing) == ExitKind::Syscall;
        context.gpr[RAX] = calls;
    }
    return calls;
}

}  // namespace

int main() {
    HostedVcpu vcpu;
    HostedRange domain(kDomainSize, kDomainSize);
    HostedRange code(u64{64} << 10, kPageSize);
    code.protect(0, code.size(), Access::ReadWrite);
    write_stub_page(code.bytes(0, kFirstUnit).data());
    write_guest(code.bytes(0, code.size()));
    code.protect(0, code.size(), Access::ReadExecute);
    set_domain(vcpu.block(), domain.start());
    context.gpr[RSP] = 0x100000;
    landing = code.start() + kFirstUnit;

    std::array<double, kSamples> samples{};
    for (double& sample : samples) {
        const double begin = processor_ns();
        if (vcpu.call(run_rounds, kRounds, 0) != kRounds) return 1;
        sample = (processor_ns() - begin) / kRounds;
    }
    std::sort(samples.begin(), samples.end());
    std::printf("gate round trip: %.1f ns (best %.1f)\n", samples[kSamples / 2], samples[0]);
    return 0;
}
