// A sequence of guest instructions before and after it is laid out in memory, and the state it starts from.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::fuzz {

/// Guest memory: equal contents at these addresses natively and in the domain; all around is unmapped.
struct Area {
    u32 start;
    u32 size;
    bool writable;
    u32 end() const { return start + size; }
};
inline constexpr Area kData{0x2000'0000, 0x2000, true};
inline constexpr Area kConst{0x2001'0000, 0x1000, false};  ///< index masks for gathers, see kIndexMask32
inline constexpr Area kStack{0x3000'0000, 0x2000, true};
inline constexpr Area kTls{0x4000'0000, 0x1000, true};
inline constexpr Area kHigh{0xc000'0000, 0x1000, true};
inline constexpr std::array kAreas{kData, kConst, kStack, kTls, kHigh};
inline constexpr u32 kCodeSize = 0x2000;
/// Low code, and code whose return addresses do not fit a sign-extended push.
inline constexpr std::array<u32, 2> kCodeBases{0x1000'0000, 0xb000'0000};
inline constexpr u32 kFsBase = kTls.start + 0x800;
inline constexpr u32 kGsBase = kTls.start + 0x400;
inline constexpr u32 kIndexMask32 = kConst.start;       ///< 32 bytes: 32-bit elements of kIndexMask
inline constexpr u32 kIndexMask64 = kConst.start + 64;  ///< 32 bytes: 64-bit elements of kIndexMask
inline constexpr u32 kIndexMask = 0x1fc;

/// XSAVE area, standard format: x87, SSE and AVX.
struct alignas(64) Vectors {
    std::array<u8, 832> bytes{};
};

struct MachineState {
    std::array<u64, 16> gpr{};
    u64 rip = 0;
    u64 rflags = 0x202;
    Vectors vectors;
};

enum class FixKind : u8 {
    None,
    Rel8,    ///< to a label
    Rel32,   ///< to a label
    Abs32,   ///< a label's address
    RipData  ///< rip-relative to an address
};

struct Item {
    std::array<u8, 15> bytes{};
    u8 size = 0;
    FixKind fix = FixKind::None;
    u8 fix_at = 0;   ///< offset of the field in bytes
    u32 target = 0;  ///< label: index of an item; RipData: an address
    bool dropped = false;
};

struct Sequence {
    u64 seed = 0;
    std::vector<Item> items;  ///< one is `int3` at index `stop`
    u32 stop = 0;
    u32 code = 0;  ///< address of the first instruction
    MachineState start;
    u64 memory_seed = 0;
};

struct Layout {
    std::vector<u8> bytes;
    std::vector<u32> address;  ///< of each item; of a dropped one: where the next is
    u32 stop = 0;              ///< address of the int3
};

/// Places the items and resolves their fields; false when a short branch does not reach.
bool lay_out(const Sequence& sequence, Layout& layout);

}  // namespace occlum::fuzz
