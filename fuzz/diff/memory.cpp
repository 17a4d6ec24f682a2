#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>

#include "fuzz/diff/random.h"
#include "fuzz/diff/runner.h"

namespace occlum::fuzz {
namespace {

using sfi::Access;
using sfi::HostedRange;

HostedRange claim(u32 start, u32 size) { return HostedRange::at(start, size); }

void put(std::span<u8> bytes, size_t at, u64 value, size_t size) {
    for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<u8>(value >> 8 * i);
}

void fill(std::span<u8> bytes, Random& random) {
    for (size_t at = 0; at < bytes.size(); at += 8) {
        u64 value = random.next();
        const u64 kind = value & 7;
        if (kind == 0) value = kData.start + (value >> 8 & 0x1ff8);
        if (kind == 1) value = std::bit_cast<u64>(static_cast<double>(static_cast<i64>(value) >> 40));
        if (kind == 2) value >>= 32;
        put(bytes, at, value, 8);
    }
}

}  // namespace

u32 code_area(u32 code_address) { return code_address & ~(kCodeSize - 1); }

Memory::Memory()
    : domain_(sfi::kDomainSize, sfi::kDomainSize),
      native_{claim(kAreas[0].start, kAreas[0].size), claim(kAreas[1].start, kAreas[1].size),
              claim(kAreas[2].start, kAreas[2].size), claim(kAreas[3].start, kAreas[3].size),
              claim(kAreas[4].start, kAreas[4].size)},
      native_code_{claim(kCodeBases[0], kCodeSize), claim(kCodeBases[1], kCodeSize)} {
    static_assert(kAreas.size() == 5 && kCodeBases.size() == 2);
    for (size_t i = 0; i < kAreas.size(); ++i) {
        if (native_[i].start() == 0) {
            std::fprintf(stderr, "address %x is taken in this process\n", kAreas[i].start);
            std::exit(2);
        }
        native_[i].protect(0, kAreas[i].size, Access::ReadWrite);
        domain_.protect(kAreas[i].start, kAreas[i].size, Access::ReadWrite);
    }
    for (size_t i = 0; i < kCodeBases.size(); ++i) {
        native_code_[i].protect(0, kCodeSize, Access::All);
        domain_.protect(kCodeBases[i], kCodeSize, Access::ReadWrite);
    }
    for (const std::span<u8> masks : {native(kConst), domain_.bytes(kConst.start, kConst.size)}) {
        for (u32 i = 0; i < 8; ++i) put(masks, kIndexMask32 - kConst.start + 4 * i, kIndexMask, 4);
        for (u32 i = 0; i < 4; ++i) put(masks, kIndexMask64 - kConst.start + 8 * i, kIndexMask, 8);
    }
    native_[1].protect(0, kConst.size, Access::Read);
    domain_.protect(kConst.start, kConst.size, Access::Read);
}

std::span<u8> Memory::native(const Area& area) {
    for (size_t i = 0; i < kAreas.size(); ++i)
        if (kAreas[i].start == area.start) return native_[i].bytes(0, area.size);
    std::abort();
}

void Memory::reset(u64 seed, u32 address, std::span<const u8> code) {
    Random random(seed);
    for (const Area& area : kAreas) {
        if (!area.writable) continue;
        fill(native(area), random);
        std::ranges::copy(native(area), domain_.bytes(area.start, area.size).begin());
    }
    const u32 offset = address - code_area(address);
    HostedRange& place = native_code_[code_area(address) == kCodeBases[0] ? 0 : 1];
    for (const std::span<u8> area :
         {place.bytes(0, kCodeSize), domain_.bytes(code_area(address), kCodeSize)}) {
        std::ranges::fill(area.first(offset), u8{0xcc});
        std::ranges::copy(code, area.begin() + offset);
        std::ranges::fill(area.subspan(offset + code.size()), u8{0xcc});
    }
}

void Memory::patch(u32 address, u8 byte) {
    HostedRange& place = native_code_[code_area(address) == kCodeBases[0] ? 0 : 1];
    place.bytes(0, kCodeSize)[address - code_area(address)] = byte;
}

std::optional<u32> Memory::first_difference() {
    for (const Area& area : kAreas) {
        const std::span<u8> left = native(area), right = domain_.bytes(area.start, area.size);
        if (const auto [at, other] = std::ranges::mismatch(left, right); at != left.end())
            return area.start + static_cast<u32>(at - left.begin());
    }
    return std::nullopt;
}

u8 Memory::native_byte(u32 address) {
    for (const Area& area : kAreas)
        if (address - area.start < area.size) return native(area)[address - area.start];
    return 0;
}

u8 Memory::confined_byte(u32 address) { return domain_.bytes(address, 1)[0]; }

}  // namespace occlum::fuzz
