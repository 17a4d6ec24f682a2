#include "sfi/translator/opcode_table.h"

#include <array>

namespace occlum::sfi::translator {
namespace {

using Map = std::array<std::array<OpInfo, 4>, 256>;
using OneByte = std::array<OpInfo, 256>;

constexpr u32 kM = kModrm;
constexpr u32 kV = kOpsize | kWide;  // 16/32/64-bit operands
constexpr u32 kGb = kRegGpr | kRegByte, kGv = kRegGpr;
constexpr u32 kEb = kRmGpr | kRmByte, kEv = kRmGpr;
constexpr u32 kGw = kRegWritten, kEw = kRmWritten;
constexpr u32 kLoad = kRegWritten | kRegPure;

// Fills the prefixes in the mask `pps` (bit n for pp n) of one opcode.
constexpr void put(Map& map, unsigned opcode, unsigned pps, u32 flags, Op op = Op::Plain) {
    for (unsigned pp = 0; pp < 4; ++pp) {
        if (pps & (1u << pp)) map[opcode][pp] = OpInfo{flags, op};
    }
}

// SSE style: the prefix belongs to the opcode.
constexpr void sse(Map& map, unsigned first, unsigned last, unsigned pps, u32 flags = 0) {
    for (unsigned opcode = first; opcode <= last; ++opcode) put(map, opcode, pps, kM | kMandatory | flags);
}

// Integer style: 66 is the operand size, F2 and F3 mean nothing.
constexpr void integer(Map& map, unsigned first, unsigned last, u32 flags, Op op = Op::Plain) {
    for (unsigned opcode = first; opcode <= last; ++opcode) put(map, opcode, 0xf, flags, op);
}

constexpr void fill_alu(OneByte& t) {
    for (unsigned n = 0; n < 8; ++n) {
        const u32 w = n == 7 ? 0 : kEw | kLockable;
        const u32 r = n == 7 ? 0 : kGw;
        const u32 f = (n == 2 || n == 3) ? kSetsFlags | kUsesFlags : kSetsFlags;
        t[n * 8 + 0] = {kM | kEb | kGb | w | f, Op::Plain};
        t[n * 8 + 1] = {kM | kEv | kGv | kV | w | f, Op::Plain};
        t[n * 8 + 2] = {kM | kEb | kGb | r | f, Op::Plain};
        t[n * 8 + 3] = {kM | kEv | kGv | kV | r | f, Op::Plain};
        t[n * 8 + 4] = {kImm8 | f, Op::Plain};
        t[n * 8 + 5] = {kImmZ | kV | f, Op::Plain};
    }
    t[0x80] = {kM | kEb | kImm8, Op::Group};
    t[0x81] = {kM | kEv | kV | kImmZ, Op::Group};
    t[0x83] = {kM | kEv | kV | kImm8, Op::Group};
    t[0x84] = {kM | kEb | kGb | kSetsFlags, Op::Plain};
    t[0x85] = {kM | kEv | kGv | kV | kSetsFlags, Op::Plain};
    t[0xa8] = {kImm8 | kSetsFlags, Op::Plain};
    t[0xa9] = {kImmZ | kV | kSetsFlags, Op::Plain};
    t[0x69] = {kM | kEv | kGv | kV | kLoad | kImmZ | kSetsFlags, Op::Plain};
    t[0x6b] = {kM | kEv | kGv | kV | kLoad | kImm8 | kSetsFlags, Op::Plain};
    for (unsigned opcode : {0xc0u, 0xd0u, 0xd2u}) {
        t[opcode] = {kM | kEb | kEw | kUsesFlags | kNotProof | (opcode == 0xc0 ? kImm8 : 0), Op::Group};
        t[opcode + 1] = {kM | kEv | kEw | kV | kUsesFlags | kNotProof | (opcode == 0xc0 ? kImm8 : 0),
                         Op::Group};
    }
    t[0xf6] = {kM | kEb, Op::Group};
    t[0xf7] = {kM | kEv | kV, Op::Group};
    t[0xfe] = {kM | kEb, Op::Group};
    t[0xff] = {kM | kEv | kV, Op::Group};
}

constexpr void fill_moves(OneByte& t) {
    t[0x63] = {kM | kEv | kGv | kLoad | kV, Op::Plain};
    t[0x86] = {kM | kEb | kGb | kEw | kGw | kLockable, Op::Plain};
    t[0x87] = {kM | kEv | kGv | kV | kEw | kGw | kLockable, Op::Plain};
    t[0x88] = {kM | kEb | kGb | kEw, Op::Plain};
    t[0x89] = {kM | kEv | kGv | kV | kEw, Op::Plain};
    t[0x8a] = {kM | kEb | kGb | kGw, Op::Plain};
    t[0x8b] = {kM | kEv | kGv | kV | kLoad, Op::Plain};
    t[0x8c] = {kM, Op::Assist};
    t[0x8d] = {kM | kGv | kV | kLoad | kMemOnly | kNoTouch, Op::Lea};
    t[0x8e] = {kM, Op::Assist};
    t[0x8f] = {kM, Op::Group};
    t[0x90] = {kOpReg, Op::Group};
    for (unsigned n = 1; n < 8; ++n) t[0x90 + n] = {kOpReg | kEv | kEw | kV, Op::Plain};
    for (unsigned n = 0xa0; n < 0xa4; ++n) t[n] = {(n & 1) ? kV : 0, Op::Moffs};
    for (unsigned n = 0; n < 8; ++n) {
        t[0xb0 + n] = {kOpReg | kEb | kEw | kImm8, Op::Plain};
        t[0xb8 + n] = {kOpReg | kEv | kEw | kV | kImmV, Op::Plain};
    }
    t[0xc6] = {kM | kEb | kEw | kImm8, Op::Group};
    t[0xc7] = {kM | kEv | kEw | kV | kImmZ, Op::Group};
    t[0x98] = {kV, Op::Plain};
    t[0x99] = {kV, Op::Plain};
    t[0x9b] = {0, Op::Plain};
    t[0x9e] = {kUsesFlags, Op::Plain};
    t[0x9f] = {kUsesFlags, Op::Plain};
    t[0xd7] = {0, Op::Xlat};
    t[0xf5] = t[0xf8] = t[0xf9] = {kUsesFlags, Op::Plain};
    t[0xfc] = t[0xfd] = {0, Op::Plain};
}

constexpr void fill_stack_and_control(OneByte& t) {
    for (unsigned n = 0; n < 8; ++n) {
        t[0x50 + n] = {kOpReg | kEv | kOpsize | kDefault64, Op::PushReg};
        t[0x58 + n] = {kOpReg | kEv | kEw | kOpsize | kDefault64, Op::PopReg};
    }
    t[0x68] = {kImmZ | kOpsize | kDefault64, Op::PushImm};
    t[0x6a] = {kImm8 | kOpsize | kDefault64, Op::PushImm};
    t[0x9c] = {kOpsize | kDefault64 | kUsesFlags, Op::PushFlags};
    t[0x9d] = {kOpsize | kDefault64, Op::Assist};
    for (unsigned n = 0x70; n < 0x80; ++n) t[n] = {kImm8, Op::Jcc};
    for (unsigned n = 0xe0; n < 0xe4; ++n) t[n] = {kImm8, Op::Loop};
    t[0xe8] = {kImmZ, Op::Call};
    t[0xe9] = {kImmZ, Op::Jmp};
    t[0xeb] = {kImm8, Op::Jmp};
    t[0xc2] = {kImm16, Op::Ret};
    t[0xc3] = {0, Op::Ret};
    t[0xc8] = {kImm16 | kImm8, Op::Enter};
    t[0xc9] = {0, Op::Leave};
    t[0xca] = {kImm16, Op::AssistEnd};
    t[0xcb] = t[0xcf] = t[0xcc] = t[0xf4] = {0, Op::AssistEnd};
    t[0xcd] = {kImm8, Op::Assist};
    t[0xf1] = t[0xfa] = t[0xfb] = {0, Op::Assist};
    for (unsigned n : {0x6cu, 0x6du, 0x6eu, 0x6fu, 0xecu, 0xedu, 0xeeu, 0xefu}) t[n] = {0, Op::Assist};
    for (unsigned n = 0xe4; n < 0xe8; ++n) t[n] = {kImm8, Op::Assist};
    constexpr std::array<Op, 6> kStrings{Op::Movs, Op::Cmps, Op::Bad, Op::Stos, Op::Lods, Op::Scas};
    for (unsigned n = 0; n < 6; ++n) {
        if (n == 2) continue;
        t[0xa4 + 2 * n] = {0, kStrings[n]};
        t[0xa5 + 2 * n] = {kV, kStrings[n]};
    }
    for (unsigned n = 0xd8; n < 0xe0; ++n) t[n] = {kM, Op::Group};
}

constexpr OneByte make_one_byte() {
    OneByte t{};
    fill_alu(t);
    fill_moves(t);
    fill_stack_and_control(t);
    return t;
}

constexpr void fill_0f_integer(Map& t) {
    integer(t, 0x00, 0x00, kM, Op::Assist);
    integer(t, 0x01, 0x01, kM, Op::Group);
    integer(t, 0x05, 0x05, 0, Op::Syscall);
    integer(t, 0x0b, 0x0b, 0, Op::AssistEnd);
    integer(t, 0x0d, 0x0d, kM | kNoTouch, Op::Group);
    integer(t, 0x18, 0x18, kM | kNoTouch, Op::Group);
    integer(t, 0x19, 0x1f, kM, Op::Nop);
    integer(t, 0x31, 0x31, 0);
    integer(t, 0x30, 0x30, 0, Op::Assist);
    integer(t, 0x32, 0x34, 0, Op::Assist);
    integer(t, 0x40, 0x4f, kM | kGv | kEv | kV | kGw | kUsesFlags | kNotProof);
    integer(t, 0x80, 0x8f, kImmZ, Op::Jcc);
    integer(t, 0x90, 0x9f, kM | kEb | kEw | kUsesFlags);
    integer(t, 0xa2, 0xa2, 0, Op::Assist);
    for (unsigned opcode : {0xa0u, 0xa1u, 0xa8u, 0xa9u}) integer(t, opcode, opcode, 0, Op::Assist);
    integer(t, 0xa3, 0xa3, kM | kEv | kGv | kV | kUsesFlags, Op::BitReg);
    for (unsigned opcode : {0xabu, 0xb3u, 0xbbu}) {
        integer(t, opcode, opcode, kM | kEv | kGv | kV | kEw | kLockable | kUsesFlags, Op::BitReg);
    }
    for (unsigned opcode : {0xa4u, 0xacu}) {
        integer(t, opcode, opcode, kM | kEv | kGv | kV | kEw | kImm8 | kUsesFlags | kNotProof);
        integer(t, opcode + 1, opcode + 1, kM | kEv | kGv | kV | kEw | kUsesFlags | kNotProof);
    }
    integer(t, 0xae, 0xae, kM, Op::Group);
    integer(t, 0xaf, 0xaf, kM | kEv | kGv | kV | kGw | kSetsFlags);
    integer(t, 0xb0, 0xb0, kM | kEb | kGb | kEw | kLockable | kSetsFlags);
    integer(t, 0xb1, 0xb1, kM | kEv | kGv | kV | kEw | kLockable | kSetsFlags);
    integer(t, 0xb6, 0xb6, kM | kEb | kGv | kV | kLoad);
    integer(t, 0xb7, 0xb7, kM | kEv | kGv | kV | kLoad);
    put(t, 0xb8, 0x4, kM | kEv | kGv | kV | kLoad | kMandatory | kSetsFlags);
    integer(t, 0xba, 0xba, kM | kEv | kV | kImm8 | kUsesFlags, Op::Group);
    for (unsigned opcode : {0xbcu, 0xbdu}) {
        put(t, opcode, 0xb, kM | kEv | kGv | kV | kGw | kUsesFlags);
        put(t, opcode, 0x4, kM | kEv | kGv | kV | kLoad | kMandatory | kUsesFlags);
    }
    integer(t, 0xbe, 0xbe, kM | kEb | kGv | kV | kLoad);
    integer(t, 0xbf, 0xbf, kM | kEv | kGv | kV | kLoad);
    integer(t, 0xc0, 0xc0, kM | kEb | kGb | kEw | kGw | kLockable | kSetsFlags);
    integer(t, 0xc1, 0xc1, kM | kEv | kGv | kV | kEw | kGw | kLockable | kSetsFlags);
    put(t, 0xc3, 0x1, kM | kEv | kGv | kWide | kEw | kMemOnly);
    integer(t, 0xc7, 0xc7, kM, Op::Group);
    integer(t, 0xc8, 0xcf, kOpReg | kEv | kEw | kV);
}

constexpr void fill_0f_vector(Map& t) {
    sse(t, 0x10, 0x12, 0xf);
    sse(t, 0x13, 0x13, 0x3, kMemOnly);
    sse(t, 0x14, 0x15, 0x3);
    sse(t, 0x16, 0x16, 0x7);
    sse(t, 0x17, 0x17, 0x3, kMemOnly);
    sse(t, 0x28, 0x29, 0x3);
    sse(t, 0x2a, 0x2a, 0x3);
    sse(t, 0x2a, 0x2a, 0xc, kEv | kWide);
    sse(t, 0x2b, 0x2b, 0x3, kMemOnly);
    sse(t, 0x2c, 0x2d, 0x3);
    sse(t, 0x2c, 0x2d, 0xc, kGv | kLoad | kWide);
    sse(t, 0x2e, 0x2f, 0x3, kSetsFlags);
    sse(t, 0x50, 0x50, 0x3, kGv | kLoad | kRegOnly);
    sse(t, 0x51, 0x51, 0xf);
    sse(t, 0x52, 0x53, 0x5);
    sse(t, 0x54, 0x57, 0x3);
    sse(t, 0x58, 0x5a, 0xf);
    sse(t, 0x5b, 0x5b, 0x7);
    sse(t, 0x5c, 0x5f, 0xf);
    sse(t, 0x60, 0x6b, 0x3);
    sse(t, 0x6c, 0x6d, 0x2);
    sse(t, 0x6e, 0x6e, 0x3, kEv | kWide);
    sse(t, 0x6f, 0x6f, 0x7);
    sse(t, 0x70, 0x70, 0xf, kImm8);
    sse(t, 0x71, 0x73, 0x3, kImm8 | kRegOnly);
    sse(t, 0x74, 0x76, 0x3);
    put(t, 0x77, 0x1, 0);
    sse(t, 0x7c, 0x7d, 0xa);
    sse(t, 0x7e, 0x7e, 0x3, kEv | kEw | kWide);
    sse(t, 0x7e, 0x7e, 0x4);
    sse(t, 0x7f, 0x7f, 0x7);
    sse(t, 0xc2, 0xc2, 0xf, kImm8);
    sse(t, 0xc4, 0xc4, 0x3, kImm8 | kEv);
    sse(t, 0xc5, 0xc5, 0x3, kImm8 | kGv | kLoad | kRegOnly);
    sse(t, 0xc6, 0xc6, 0x3, kImm8);
    sse(t, 0xd0, 0xd0, 0xa);
    sse(t, 0xd1, 0xd5, 0x3);
    sse(t, 0xd6, 0xd6, 0x2);
    sse(t, 0xd6, 0xd6, 0xc, kRegOnly);
    sse(t, 0xd7, 0xd7, 0x3, kGv | kLoad | kRegOnly);
    sse(t, 0xd8, 0xdf, 0x3);
    sse(t, 0xe0, 0xe5, 0x3);
    sse(t, 0xe6, 0xe6, 0xe);
    sse(t, 0xe7, 0xe7, 0x3, kMemOnly);
    sse(t, 0xe8, 0xef, 0x3);
    sse(t, 0xf0, 0xf0, 0x8, kMemOnly);
    sse(t, 0xf1, 0xf6, 0x3);
    put(t, 0xf7, 0x3, kM | kMandatory | kRegOnly, Op::MaskMov);
    sse(t, 0xf8, 0xfe, 0x3);
}

constexpr Map make_0f() {
    Map t{};
    fill_0f_integer(t);
    fill_0f_vector(t);
    return t;
}

constexpr Map make_0f38() {
    Map t{};
    sse(t, 0x00, 0x0b, 0x3);
    sse(t, 0x10, 0x10, 0x2);
    sse(t, 0x14, 0x15, 0x2);
    sse(t, 0x17, 0x17, 0x2, kSetsFlags);
    sse(t, 0x1c, 0x1e, 0x3);
    sse(t, 0x20, 0x25, 0x2);
    sse(t, 0x28, 0x29, 0x2);
    sse(t, 0x2a, 0x2a, 0x2, kMemOnly);
    sse(t, 0x2b, 0x2b, 0x2);
    sse(t, 0x30, 0x35, 0x2);
    sse(t, 0x37, 0x41, 0x2);
    sse(t, 0xc8, 0xcd, 0x1);
    sse(t, 0xdb, 0xdf, 0x2);
    put(t, 0xf0, 0x3, kM | kEv | kGv | kV | kLoad | kMemOnly);
    put(t, 0xf1, 0x3, kM | kEv | kGv | kV | kEw | kMemOnly);
    put(t, 0xf0, 0x8, kM | kEb | kGv | kWide | kGw | kMandatory);
    put(t, 0xf1, 0x8, kM | kEv | kGv | kV | kGw | kMandatory);
    put(t, 0xf6, 0x6, kM | kEv | kGv | kWide | kGw | kMandatory | kUsesFlags);
    return t;
}

constexpr Map make_0f3a() {
    Map t{};
    sse(t, 0x08, 0x0e, 0x2, kImm8);
    sse(t, 0x0f, 0x0f, 0x3, kImm8);
    sse(t, 0x14, 0x15, 0x2, kImm8 | kEv | kEw);
    sse(t, 0x16, 0x16, 0x2, kImm8 | kEv | kEw | kWide);
    sse(t, 0x17, 0x17, 0x2, kImm8 | kEv | kEw);
    sse(t, 0x20, 0x20, 0x2, kImm8 | kEv);
    sse(t, 0x21, 0x21, 0x2, kImm8);
    sse(t, 0x22, 0x22, 0x2, kImm8 | kEv | kWide);
    sse(t, 0x40, 0x42, 0x2, kImm8);
    sse(t, 0x44, 0x44, 0x2, kImm8);
    sse(t, 0x60, 0x61, 0x2, kImm8 | kWide | kSetsFlags);
    sse(t, 0x62, 0x63, 0x2, kImm8 | kSetsFlags);
    sse(t, 0xcc, 0xcc, 0x1, kImm8);
    sse(t, 0xdf, 0xdf, 0x2, kImm8);
    return t;
}

// Adds flags to rows that are there.
template <size_t N>
constexpr void also(Map& map, const std::array<u8, N>& opcodes, unsigned pps, u32 flags) {
    for (u8 opcode : opcodes) {
        for (unsigned pp = 0; pp < 4; ++pp) {
            if ((pps & (1u << pp)) && map[opcode][pp].op != Op::Bad) map[opcode][pp].flags |= flags;
        }
    }
}

constexpr Map make_vex1() {
    Map t{};
    sse(t, 0x10, 0x12, 0xf);
    sse(t, 0x13, 0x13, 0x3, kMemOnly);
    sse(t, 0x14, 0x15, 0x3);
    sse(t, 0x16, 0x16, 0x7);
    sse(t, 0x17, 0x17, 0x3, kMemOnly);
    sse(t, 0x28, 0x29, 0x3);
    sse(t, 0x2a, 0x2a, 0xc, kEv);
    sse(t, 0x2b, 0x2b, 0x3, kMemOnly);
    sse(t, 0x2c, 0x2d, 0xc, kGv | kLoad);
    sse(t, 0x2e, 0x2f, 0x3, kSetsFlags);
    sse(t, 0x50, 0x50, 0x3, kGv | kLoad | kRegOnly);
    sse(t, 0x51, 0x51, 0xf);
    sse(t, 0x52, 0x53, 0x5);
    sse(t, 0x54, 0x57, 0x3);
    sse(t, 0x58, 0x5a, 0xf);
    sse(t, 0x5b, 0x5b, 0x7);
    sse(t, 0x5c, 0x5f, 0xf);
    sse(t, 0x60, 0x6d, 0x2);
    sse(t, 0x6e, 0x6e, 0x2, kEv);
    sse(t, 0x6f, 0x6f, 0x6);
    sse(t, 0x70, 0x70, 0xe, kImm8);
    sse(t, 0x71, 0x73, 0x2, kImm8 | kRegOnly);
    sse(t, 0x74, 0x76, 0x2);
    put(t, 0x77, 0x1, 0);
    sse(t, 0x7c, 0x7d, 0xa);
    sse(t, 0x7e, 0x7e, 0x2, kEv | kEw);
    sse(t, 0x7e, 0x7e, 0x4);
    sse(t, 0x7f, 0x7f, 0x6);
    put(t, 0xae, 0x1, kM, Op::Group);
    sse(t, 0xc2, 0xc2, 0xf, kImm8);
    sse(t, 0xc4, 0xc4, 0x2, kImm8 | kEv);
    sse(t, 0xc5, 0xc5, 0x2, kImm8 | kGv | kLoad | kRegOnly);
    sse(t, 0xc6, 0xc6, 0x3, kImm8);
    sse(t, 0xd0, 0xd0, 0xa);
    sse(t, 0xd1, 0xd6, 0x2);
    sse(t, 0xd7, 0xd7, 0x2, kGv | kLoad | kRegOnly);
    sse(t, 0xd8, 0xe5, 0x2);
    sse(t, 0xe6, 0xe6, 0xe);
    sse(t, 0xe7, 0xe7, 0x2, kMemOnly);
    sse(t, 0xe8, 0xef, 0x2);
    sse(t, 0xf0, 0xf0, 0x8, kMemOnly);
    sse(t, 0xf1, 0xf6, 0x2);
    put(t, 0xf7, 0x2, kM | kMandatory | kRegOnly, Op::MaskMov);
    sse(t, 0xf8, 0xfe, 0x2);
    also(t, std::to_array<u8>({0x13, 0x17, 0x28, 0x29, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x50, 0x5b, 0x6e, 0x6f,
                               0x70, 0x77, 0x7e, 0x7f, 0xae, 0xc5, 0xd6, 0xd7, 0xe6, 0xe7, 0xf0, 0xf7}),
         0xf, kNoVvvv);
    also(t, std::to_array<u8>({0x10, 0x11, 0x51, 0x52, 0x53, 0x5a}), 0x3, kNoVvvv);
    also(t, std::to_array<u8>({0x12, 0x16}), 0xc, kNoVvvv);
    also(t, std::to_array<u8>({0x12, 0x16}), 0x3, kVex128);
    also(t, std::to_array<u8>({0x13, 0x17, 0x6e, 0x7e, 0xae, 0xc4, 0xc5, 0xd6, 0xf7}), 0xf, kVex128);
    return t;
}

constexpr Map make_vex2() {
    Map t{};
    sse(t, 0x00, 0x0f, 0x2);
    sse(t, 0x13, 0x13, 0x2);
    sse(t, 0x16, 0x16, 0x2);
    sse(t, 0x17, 0x17, 0x2, kSetsFlags);
    sse(t, 0x18, 0x1a, 0x2);
    sse(t, 0x1c, 0x1e, 0x2);
    sse(t, 0x20, 0x25, 0x2);
    sse(t, 0x28, 0x2b, 0x2);
    sse(t, 0x2c, 0x2f, 0x2, kMemOnly | kNoTouch);
    sse(t, 0x30, 0x41, 0x2);
    sse(t, 0x45, 0x47, 0x2);
    sse(t, 0x58, 0x5a, 0x2);
    sse(t, 0x78, 0x79, 0x2);
    sse(t, 0x8c, 0x8c, 0x2, kMemOnly | kNoTouch);
    sse(t, 0x8e, 0x8e, 0x2, kMemOnly | kNoTouch);
    sse(t, 0x90, 0x93, 0x2, kMemOnly | kNoTouch | kVsib);
    sse(t, 0x96, 0x9f, 0x2);
    sse(t, 0xa6, 0xaf, 0x2);
    sse(t, 0xb6, 0xbf, 0x2);
    sse(t, 0xdb, 0xdf, 0x2, kVex128);
    constexpr u32 kBmi = kGv | kLoad | kEv | kVvvvGpr;
    put(t, 0xf2, 0x1, kM | kBmi | kUsesFlags);
    put(t, 0xf3, 0x1, kM | kEv | kVvvvGpr | kVvvvWritten | kUsesFlags, Op::Group);
    put(t, 0xf5, 0xd, kM | kBmi | kUsesFlags);
    put(t, 0xf6, 0x8, kM | kBmi | kVvvvWritten);
    put(t, 0xf7, 0xf, kM | kBmi | kUsesFlags);
    also(t, std::to_array<u8>({0x0e, 0x0f, 0x13, 0x17, 0x18, 0x19, 0x1a, 0x1c, 0x1d, 0x1e,
                               0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x2a, 0x30, 0x31, 0x32,
                               0x33, 0x34, 0x35, 0x41, 0x58, 0x59, 0x5a, 0x78, 0x79, 0xdb}),
         0x2, kNoVvvv);
    also(t, std::to_array<u8>({0x16, 0x19, 0x1a, 0x36, 0x5a}), 0x2, kVex256);
    also(t, std::to_array<u8>({0x41, 0xf2, 0xf3, 0xf5, 0xf6, 0xf7}), 0xf, kVex128);
    return t;
}

constexpr Map make_vex3() {
    Map t{};
    sse(t, 0x00, 0x02, 0x2, kImm8);
    sse(t, 0x04, 0x06, 0x2, kImm8);
    sse(t, 0x08, 0x0f, 0x2, kImm8);
    sse(t, 0x14, 0x17, 0x2, kImm8 | kEv | kEw);
    sse(t, 0x18, 0x19, 0x2, kImm8);
    sse(t, 0x1d, 0x1d, 0x2, kImm8);
    sse(t, 0x20, 0x20, 0x2, kImm8 | kEv);
    sse(t, 0x21, 0x21, 0x2, kImm8);
    sse(t, 0x22, 0x22, 0x2, kImm8 | kEv);
    sse(t, 0x38, 0x39, 0x2, kImm8);
    sse(t, 0x40, 0x42, 0x2, kImm8);
    sse(t, 0x44, 0x44, 0x2, kImm8 | kVex128);
    sse(t, 0x46, 0x46, 0x2, kImm8);
    sse(t, 0x4a, 0x4c, 0x2, kImm8);
    sse(t, 0x60, 0x63, 0x2, kImm8 | kSetsFlags);
    sse(t, 0xdf, 0xdf, 0x2, kImm8 | kVex128);
    put(t, 0xf0, 0x8, kM | kGv | kLoad | kEv | kImm8);
    also(t,
         std::to_array<u8>({0x00, 0x01, 0x04, 0x05, 0x08, 0x09, 0x14, 0x15, 0x16, 0x17, 0x19, 0x1d, 0x39,
                            0x60, 0x61, 0x62, 0x63, 0xdf, 0xf0}),
         0xf, kNoVvvv);
    also(t, std::to_array<u8>({0x00, 0x01, 0x06, 0x18, 0x19, 0x38, 0x39, 0x46}), 0x2, kVex256);
    also(t, std::to_array<u8>({0x14, 0x15, 0x16, 0x17, 0x20, 0x21, 0x22, 0x60, 0x61, 0x62, 0x63, 0xf0}), 0xf,
         kVex128);
    return t;
}

constexpr OneByte kOneByte = make_one_byte();
constexpr std::array<Map, 3> kLegacy{make_0f(), make_0f38(), make_0f3a()};
constexpr std::array<Map, 3> kVexMaps{make_vex1(), make_vex2(), make_vex3()};

}  // namespace

OpInfo legacy_opcode(unsigned map, u8 opcode, unsigned pp) {
    return map == 0 ? kOneByte[opcode] : kLegacy[map - 1][opcode][pp];
}

OpInfo vex_opcode(unsigned map, u8 opcode, unsigned pp) { return kVexMaps[map - 1][opcode][pp]; }

}  // namespace occlum::sfi::translator
