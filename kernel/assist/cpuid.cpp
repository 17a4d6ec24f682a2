// The answers of a x86-64-v3 processor without AVX-512, RTM, FSGSBASE, RDPID and protection keys, whose
// cores, caches and state sizes agree with each other (SDM vol. 2A, CPUID). An SGX2 processor has all that is
// offered.
#include "kernel/assist/cpuid.h"

#include <array>
#include <string_view>

namespace occlum::kernel {

namespace {

constexpr u32 bits(std::initializer_list<unsigned> list) {
    u32 value = 0;
    for (unsigned bit : list) value |= u32{1} << bit;
    return value;
}

constexpr u32 kMaxBasic = 0xd, kExtended = 0x8000'0000, kMaxExtended = 0x8000'0008;
/// Family 6, model 0x6a, stepping 6.
constexpr u32 kSignature = 0x0006'06a6;
// Leaf 1: SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE OSXSAVE AVX F16C RDRAND
constexpr u32 kFeatures1C = bits({0, 1, 9, 12, 13, 19, 20, 22, 23, 25, 26, 27, 28, 29, 30});
// FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2
constexpr u32 kFeatures1D =
    bits({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 23, 24, 25, 26});
// Leaf 7: BMI1 AVX2 BMI2 ERMS RDSEED ADX CLFLUSHOPT SHA; FSRM
constexpr u32 kFeatures7B = bits({3, 5, 8, 9, 18, 19, 23, 29}), kFeatures7D = bits({4});
// Leaf 80000001: LAHF LZCNT PREFETCHW; SYSCALL NX RDTSCP LM
constexpr u32 kFeaturesX1C = bits({0, 5, 8}), kFeaturesX1D = bits({11, 20, 27, 29});
/// x87, SSE, AVX.
constexpr u32 kStates = 7, kAvxOffset = 576, kAvxSize = 256;

constexpr u32 word(std::string_view text, size_t at) {
    u32 value = 0;
    for (size_t i = 4; i-- > 0;)
        value = (value << 8) | (at + i < text.size() ? static_cast<u8>(text[at + i]) : 0u);
    return value;
}

/// Leaf 4: a cache of one core, 64-byte lines. Type 1 data, 2 instructions, 3 unified.
constexpr CpuidAnswer cache(u32 type, u32 level, u32 ways, u32 sets) {
    constexpr u32 kSelfInitialising = 1 << 8, kLine = 64;
    return {type | (level << 5) | kSelfInitialising, (kLine - 1) | ((ways - 1) << 22), sets - 1, 0};
}

CpuidAnswer caches(u32 subleaf) {
    constexpr std::array kCaches{cache(1, 1, 8, 64), cache(2, 1, 8, 64), cache(3, 2, 16, 1024),
                                 cache(3, 3, 16, 32768)};
    return subleaf < kCaches.size() ? kCaches[subleaf] : CpuidAnswer{};
}

CpuidAnswer extended_state(u32 subleaf) {
    constexpr u32 kXsaveOpt = 1, kXsaveC = 2;
    switch (subleaf) {
        case 0:
            return {kStates, kAvxOffset + kAvxSize, kAvxOffset + kAvxSize, 0};
        case 1:
            return {kXsaveOpt | kXsaveC, kAvxOffset + kAvxSize, 0, 0};
        case 2:
            return {kAvxSize, kAvxOffset, 0, 0};
        default:
            return {};
    }
}

CpuidAnswer extended(u32 leaf) {
    constexpr std::string_view kBrand = "Occlum virtual processor, x86-64-v3";
    switch (leaf - kExtended) {
        case 0:
            return {kMaxExtended, 0, 0, 0};
        case 1:
            return {0, 0, kFeaturesX1C, kFeaturesX1D};
        case 2:
        case 3:
        case 4: {
            const size_t at = (leaf - kExtended - 2) * 16;
            return {word(kBrand, at), word(kBrand, at + 4), word(kBrand, at + 8), word(kBrand, at + 12)};
        }
        case 6:
            return {0, 0, (1024u << 16) | (8u << 12) | 64, 0};  // L2: 1 MiB, 16 ways
        case 7:
            return {0, 0, 0, bits({8})};  // invariant TSC
        case 8:
            return {46 | (48 << 8), 0, 0, 0};  // physical and linear address bits
        default:
            return {};
    }
}

}  // namespace

CpuidAnswer cpuid(u32 leaf, u32 subleaf) {
    constexpr std::string_view kVendor = "GenuineIntel";
    if (leaf >= kExtended) return extended(leaf);
    switch (leaf) {
        case 0:
            return {kMaxBasic, word(kVendor, 0), word(kVendor, 8), word(kVendor, 4)};
        case 1:
            return {kSignature, (1u << 16) | (8u << 8), kFeatures1C, kFeatures1D};
        case 2:
            return {0xff01, 0, 0, 0};  // "see leaf 4"
        case 4:
            return caches(subleaf);
        case 6:
            return {bits({2}), 0, 0, 0};  // the timer runs in all states
        case 7:
            return subleaf == 0 ? CpuidAnswer{0, kFeatures7B, 0, kFeatures7D} : CpuidAnswer{};
        case 0xb:
            return {0, 0, subleaf & 0xff, 0};
        case 0xd:
            return extended_state(subleaf);
        default:
            return {};
    }
}

}  // namespace occlum::kernel
