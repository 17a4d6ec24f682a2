// The allow-list. What has no row here is refused (R3): in particular everything system or privileged, far,
// enclu, cpuid, xgetbv, int n, call, ret, in/out, segment moves, moffs, popf, enter, leave, the xsave family,
// fxsave, fnstenv, fnsave, bt/bts/btr/btc with a register offset into memory, EVEX, XOP and 3DNow!.
#include <array>
#include <bit>
#include <initializer_list>

#include "sfi/verifier/insn.h"

namespace occlum::sfi::verifier {
namespace {

constexpr u8 kAny = kNp | k66 | kF3 | kF2;
constexpr u8 kPs = kNp | k66;               ///< packed: ps and pd, or mmx and xmm
constexpr u8 kSs = kF3 | kF2;               ///< scalar
constexpr u32 kGE = kModrm | kRegG | kRmG;  ///< two general operands
constexpr u32 kGE8 = kGE | kReg8 | kRm8;    ///< two bytes
constexpr u32 kE = kModrm | kRmG;           ///< one general operand, modrm.reg extends the opcode
constexpr u32 kV = kModrm;                  ///< vector (mmx, xmm, ymm) operands only
constexpr u32 kVv = kModrm | kVvvv;         ///< likewise, three operands

constexpr u8 regs(std::initializer_list<int> values) {
    u32 mask = 0;
    for (int value : values) mask |= 1u << value;
    return static_cast<u8>(mask);
}

constexpr auto kOne = std::to_array<Form>({
    {0x00, 0x00, kNp, kGE8 | kLock | kAlu},
    {0x01, 0x01, kNp, kGE | kOsz | kLock | kAlu},
    {0x02, 0x02, kNp, kGE8 | kAlu},
    {0x03, 0x03, kNp, kGE | kOsz | kAlu},
    {0x04, 0x04, kNp, kImm8 | kAlu},
    {0x05, 0x05, kNp, kImmZ | kOsz | kAlu},
    {0x38, 0x38, kNp, kGE8},  // cmp
    {0x39, 0x39, kNp, kGE | kOsz},
    {0x3a, 0x3a, kNp, kGE8},
    {0x3b, 0x3b, kNp, kGE | kOsz},
    {0x3c, 0x3c, kNp, kImm8},
    {0x3d, 0x3d, kNp, kImmZ | kOsz},
    {0x50, 0x57, kNp, kOpG, Act::Push},
    {0x58, 0x5f, kNp, kOpG, Act::Pop},
    {0x63, 0x63, kNp, kGE},  // movsxd
    {0x68, 0x68, kNp, kImmZ, Act::Push},
    {0x69, 0x69, kNp, kGE | kOsz | kImmZ},  // imul
    {0x6a, 0x6a, kNp, kImm8, Act::Push},
    {0x6b, 0x6b, kNp, kGE | kOsz | kImm8},
    {0x70, 0x7f, kNp, kImm8, Act::Branch},
    {0x80, 0x80, kNp, kE | kRm8 | kImm8 | kLock, Act::Plain, regs({0, 1, 2, 3, 4, 5, 6})},
    {0x80, 0x80, kNp, kAlt | kE | kRm8 | kImm8},
    {0x81, 0x81, kNp, kE | kOsz | kImmZ | kLock, Act::AluImm, regs({0, 1, 2, 3, 4, 5, 6})},
    {0x81, 0x81, kNp, kAlt | kE | kOsz | kImmZ},
    {0x83, 0x83, kNp, kE | kOsz | kImm8 | kLock, Act::AluImm, regs({0, 1, 2, 3, 4, 5, 6})},
    {0x83, 0x83, kNp, kAlt | kE | kOsz | kImm8},
    {0x84, 0x84, kNp, kGE8},  // test
    {0x85, 0x85, kNp, kGE | kOsz},
    {0x86, 0x86, kNp, kGE8 | kLock},  // xchg
    {0x87, 0x87, kNp, kGE | kOsz | kLock},
    {0x88, 0x88, kNp, kGE8},  // mov
    {0x89, 0x89, kNp, kGE | kOsz, Act::Mov},
    {0x8a, 0x8a, kNp, kGE8},
    {0x8b, 0x8b, kNp, kGE | kOsz, Act::Mov},
    {0x8d, 0x8d, kNp, kModrm | kRegG | kMem | kOsz, Act::Lea},
    {0x8f, 0x8f, kNp, kE, Act::Pop, regs({0})},
    {0x90, 0x97, kNp, kOpG | kOsz},           // xchg with rax; nop
    {0x90, 0x90, kF3, kNoRex},                // pause
    {0x98, 0x99, kNp, kOsz},                  // cbw.., cwd..
    {0x9b, 0x9b, kNp, 0},                     // fwait
    {0x9c, 0x9c, kNp, 0, Act::Push},          // pushf
    {0x9e, 0x9f, kNp, 0},                     // sahf, lahf
    {0xa4, 0xa4, kNp | kF3, 0, Act::String},  // movs
    {0xa5, 0xa5, kNp | kF3, kOsz, Act::String},
    {0xa6, 0xa6, kNp | kSs, 0, Act::String},  // cmps
    {0xa7, 0xa7, kNp | kSs, kOsz, Act::String},
    {0xa8, 0xa8, kNp, kImm8},  // test
    {0xa9, 0xa9, kNp, kImmZ | kOsz},
    {0xaa, 0xaa, kNp | kF3, 0, Act::String},  // stos
    {0xab, 0xab, kNp | kF3, kOsz, Act::String},
    {0xac, 0xac, kNp | kF3, kImplicit},  // lods
    {0xad, 0xad, kNp | kF3, kImplicit | kOsz},
    {0xae, 0xae, kNp | kSs, 0, Act::String},  // scas
    {0xaf, 0xaf, kNp | kSs, kOsz, Act::String},
    {0xb0, 0xb7, kNp, kOpG | kReg8 | kImm8},  // mov
    {0xb8, 0xbf, kNp, kOpG | kOsz | kImmV},
    // Shifts and rotates; by a count of 0 they need not touch their operand.
    {0xc0, 0xc0, kNp, kE | kRm8 | kImm8 | kLazy, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xc1, 0xc1, kNp, kE | kOsz | kImm8 | kLazy, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xc6, 0xc6, kNp, kE | kRm8 | kImm8, Act::Plain, regs({0})},  // mov
    {0xc7, 0xc7, kNp, kE | kOsz | kImmZ, Act::Mov, regs({0})},
    {0xcc, 0xcc, kNp, 0, Act::Int3},
    {0xd0, 0xd0, kNp, kE | kRm8, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xd1, 0xd1, kNp, kE | kOsz, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xd2, 0xd2, kNp, kE | kRm8 | kLazy, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xd3, 0xd3, kNp, kE | kOsz | kLazy, Act::Plain, regs({0, 1, 2, 3, 4, 5, 7})},
    {0xd7, 0xd7, kNp, kImplicit},  // xlat
    {0xd8, 0xdf, kNp, kModrm | kX87},
    {0xe0, 0xe3, kNp, kImm8, Act::Loop},
    {0xe9, 0xe9, kNp, kImmZ, Act::Jump},
    {0xeb, 0xeb, kNp, kImm8, Act::Jump},
    {0xf5, 0xf5, kNp, 0},                                                   // cmc
    {0xf6, 0xf6, kNp, kE | kRm8 | kImm8, Act::Plain, regs({0})},            // test
    {0xf6, 0xf6, kNp, kAlt | kE | kRm8 | kLock, Act::Plain, regs({2, 3})},  // not neg
    {0xf6, 0xf6, kNp, kAlt | kE | kRm8, Act::Plain, regs({4, 5, 6, 7})},    // mul imul div idiv
    {0xf7, 0xf7, kNp, kE | kOsz | kImmZ, Act::Plain, regs({0})},
    {0xf7, 0xf7, kNp, kAlt | kE | kOsz | kLock, Act::Plain, regs({2, 3})},
    {0xf7, 0xf7, kNp, kAlt | kE | kOsz, Act::Plain, regs({4, 5, 6, 7})},
    {0xf8, 0xf9, kNp, 0},                                            // clc stc
    {0xfc, 0xfd, kNp, 0},                                            // cld std
    {0xfe, 0xfe, kNp, kE | kRm8 | kLock, Act::Plain, regs({0, 1})},  // inc dec
    {0xff, 0xff, kNp, kE | kOsz | kLock, Act::Plain, regs({0, 1})},
    {0xff, 0xff, kNp, kAlt | kE, Act::Push, regs({6})},
    {0xff, 0xff, kNp, kAlt | kModrm | kMem, Act::Indirect, regs({4})},
});

constexpr auto kTwo = std::to_array<Form>({
    {0x01, 0x01, kNp, kModrm, Act::Plain, 0xff, 0xf9},                   // rdtscp
    {0x0d, 0x0d, kNp, kModrm | kMem | kLazy, Act::Plain, regs({0, 1})},  // prefetch, prefetchw
    {0x10, 0x11, kAny, kV},
    {0x12, 0x12, kNp | kSs, kV},  // movlps/movhlps movsldup movddup
    {0x12, 0x12, k66, kV | kMem},
    {0x13, 0x13, kPs, kV | kMem},
    {0x14, 0x15, kPs, kV},
    {0x16, 0x16, kNp | kF3, kV},
    {0x16, 0x16, k66, kV | kMem},
    {0x17, 0x17, kPs, kV | kMem},
    {0x18, 0x18, kNp, kModrm | kMem | kLazy, Act::Plain, regs({0, 1, 2, 3})},  // prefetch
    {0x1f, 0x1f, kNp, kModrm | kMem | kOsz, Act::Nop, regs({0})},
    {0x28, 0x29, kPs, kV},
    {0x2a, 0x2a, kPs, kV},  // cvtpi2ps
    {0x2a, 0x2a, kSs, kModrm | kRmG},
    {0x2b, 0x2b, kPs, kV | kMem},
    {0x2c, 0x2d, kPs, kV},  // cvtps2pi
    {0x2c, 0x2d, kSs, kModrm | kRegG},
    {0x2e, 0x2f, kPs, kV},
    {0x31, 0x31, kNp, 0},                   // rdtsc
    {0x40, 0x4f, kNp, kGE | kOsz | kLazy},  // cmov
    {0x50, 0x50, kPs, kModrm | kRegG | kReg},
    {0x51, 0x51, kAny, kV},
    {0x52, 0x53, kNp | kF3, kV},
    {0x54, 0x57, kPs, kV},
    {0x58, 0x5a, kAny, kV},
    {0x5b, 0x5b, kPs | kF3, kV},
    {0x5c, 0x5f, kAny, kV},
    {0x60, 0x6b, kPs, kV},
    {0x6c, 0x6d, k66, kV},
    {0x6e, 0x6e, kPs, kModrm | kRmG},
    {0x6f, 0x6f, kPs | kF3, kV},
    {0x70, 0x70, kAny, kV | kImm8},
    {0x71, 0x72, kPs, kV | kReg | kImm8, Act::Plain, regs({2, 4, 6})},
    {0x73, 0x73, kNp, kV | kReg | kImm8, Act::Plain, regs({2, 6})},
    {0x73, 0x73, k66, kV | kReg | kImm8, Act::Plain, regs({2, 3, 6, 7})},
    {0x74, 0x76, kPs, kV},
    {0x77, 0x77, kNp, 0},  // emms
    {0x7c, 0x7d, k66 | kF2, kV},
    {0x7e, 0x7e, kPs, kModrm | kRmG},
    {0x7e, 0x7e, kF3, kV},
    {0x7f, 0x7f, kPs | kF3, kV},
    {0x80, 0x8f, kNp, kImmZ, Act::Branch},
    {0x90, 0x9f, kNp, kE | kRm8, Act::Plain, regs({0})},  // setcc
    {0xa3, 0xa3, kNp, kGE | kOsz | kReg},                 // bt
    {0xa4, 0xa4, kNp, kGE | kOsz | kImm8 | kLazy},        // shld
    {0xa5, 0xa5, kNp, kGE | kOsz | kLazy},
    {0xab, 0xab, kNp, kGE | kOsz | kReg},           // bts
    {0xac, 0xac, kNp, kGE | kOsz | kImm8 | kLazy},  // shrd
    {0xad, 0xad, kNp, kGE | kOsz | kLazy},
    {0xae, 0xae, kNp, kModrm | kMem, Act::Plain, regs({1, 2, 3})},           // fxrstor ldmxcsr stmxcsr
    {0xae, 0xae, kNp, kAlt | kModrm | kMem | kLazy, Act::Plain, regs({7})},  // clflush
    {0xae, 0xae, kNp, kAlt | kModrm, Act::Plain, 0xff, 0xe8},                // lfence
    {0xae, 0xae, kNp, kAlt | kModrm, Act::Plain, 0xff, 0xf0},                // mfence
    {0xae, 0xae, kNp, kAlt | kModrm, Act::Plain, 0xff, 0xf8},                // sfence
    {0xae, 0xae, k66, kModrm | kMem | kLazy, Act::Plain, regs({6, 7})},      // clwb clflushopt
    {0xaf, 0xaf, kNp, kGE | kOsz},                                           // imul
    {0xb0, 0xb0, kNp, kGE8 | kLock},                                         // cmpxchg
    {0xb1, 0xb1, kNp, kGE | kOsz | kLock},
    {0xb3, 0xb3, kNp, kGE | kOsz | kReg},  // btr
    {0xb6, 0xb6, kNp, kGE | kRm8 | kOsz},  // movzx
    {0xb7, 0xb7, kNp, kGE | kOsz},
    {0xb8, 0xb8, kF3, kGE | kOsz},  // popcnt
    {0xba, 0xba, kNp, kE | kOsz | kImm8, Act::Plain, regs({4})},
    {0xba, 0xba, kNp, kAlt | kE | kOsz | kImm8 | kLock, Act::Plain, regs({5, 6, 7})},
    {0xbb, 0xbb, kNp, kGE | kOsz | kReg},  // btc
    {0xbc, 0xbd, kNp | kF3, kGE | kOsz},   // bsf bsr tzcnt lzcnt
    {0xbe, 0xbe, kNp, kGE | kRm8 | kOsz},  // movsx
    {0xbf, 0xbf, kNp, kGE | kOsz},
    {0xc0, 0xc0, kNp, kGE8 | kLock},  // xadd
    {0xc1, 0xc1, kNp, kGE | kOsz | kLock},
    {0xc2, 0xc2, kAny, kV | kImm8},
    {0xc3, 0xc3, kNp, kModrm | kRegG | kMem},  // movnti
    {0xc4, 0xc4, kPs, kModrm | kRmG | kImm8},
    {0xc5, 0xc5, kPs, kModrm | kRegG | kReg | kImm8},
    {0xc6, 0xc6, kPs, kV | kImm8},
    {0xc7, 0xc7, kNp, kModrm | kMem | kLock, Act::Plain, regs({1})},       // cmpxchg8b, 16b
    {0xc7, 0xc7, kNp, kAlt | kE | kOsz | kReg, Act::Plain, regs({6, 7})},  // rdrand rdseed
    {0xc8, 0xcf, kNp, kOpG},                                               // bswap
    {0xd0, 0xd0, k66 | kF2, kV},
    {0xd1, 0xd5, kPs, kV},
    {0xd6, 0xd6, k66, kV},
    {0xd6, 0xd6, kSs, kV | kReg},
    {0xd7, 0xd7, kPs, kModrm | kRegG | kReg},
    {0xd8, 0xe5, kPs, kV},
    {0xe6, 0xe6, k66 | kSs, kV},
    {0xe7, 0xe7, kPs, kV | kMem},
    {0xe8, 0xef, kPs, kV},
    {0xf0, 0xf0, kF2, kV | kMem},
    {0xf1, 0xf6, kPs, kV},
    {0xf7, 0xf7, kPs, kV | kReg | kImplicit},  // maskmovq, maskmovdqu
    {0xf8, 0xfe, kPs, kV},
});

constexpr auto kThree8 = std::to_array<Form>({
    {0x00, 0x0b, kPs, kV},
    {0x10, 0x10, k66, kV},
    {0x14, 0x15, k66, kV},
    {0x17, 0x17, k66, kV},
    {0x1c, 0x1e, kPs, kV},
    {0x20, 0x25, k66, kV},
    {0x28, 0x29, k66, kV},
    {0x2a, 0x2a, k66, kV | kMem},
    {0x2b, 0x2b, k66, kV},
    {0x30, 0x35, k66, kV},
    {0x37, 0x41, k66, kV},
    {0xc8, 0xcd, kNp, kV},                            // sha
    {0xcf, 0xcf, k66, kV},                            // gf2p8mulb
    {0xdb, 0xdf, k66, kV},                            // aes
    {0xf0, 0xf1, kNp, kModrm | kRegG | kMem | kOsz},  // movbe
    {0xf0, 0xf0, kF2, kGE | kRm8},                    // crc32
    {0xf1, 0xf1, kF2, kGE | kOsz},
    {0xf6, 0xf6, k66 | kF3, kGE},  // adcx adox
});

constexpr auto kThreeA = std::to_array<Form>({
    {0x08, 0x0e, k66, kV | kImm8},
    {0x0f, 0x0f, kPs, kV | kImm8},
    {0x14, 0x17, k66, kModrm | kRmG | kImm8},  // pextr, extractps
    {0x20, 0x20, k66, kModrm | kRmG | kImm8},
    {0x21, 0x21, k66, kV | kImm8},
    {0x22, 0x22, k66, kModrm | kRmG | kImm8},
    {0x40, 0x42, k66, kV | kImm8},
    {0x44, 0x44, k66, kV | kImm8},
    {0x60, 0x63, k66, kV | kImm8},  // pcmpestrm..
    {0xcc, 0xcc, kNp, kV | kImm8},  // sha1rnds4
    {0xce, 0xcf, k66, kV | kImm8},
    {0xdf, 0xdf, k66, kV | kImm8},
});

constexpr auto kVex1 = std::to_array<Form>({
    {0x10, 0x11, kPs, kV},
    {0x10, 0x11, kSs, kV | kMem | kL0},
    {0x10, 0x11, kSs, kAlt | kVv | kL0},
    {0x12, 0x12, kNp, kVv | kL0},
    {0x12, 0x12, k66, kVv | kMem | kL0},
    {0x12, 0x12, kSs, kV},
    {0x13, 0x13, kPs, kV | kMem | kL0},
    {0x14, 0x15, kPs, kVv},
    {0x16, 0x16, kNp, kVv | kL0},
    {0x16, 0x16, k66, kVv | kMem | kL0},
    {0x16, 0x16, kF3, kV},
    {0x17, 0x17, kPs, kV | kMem | kL0},
    {0x28, 0x29, kPs, kV},
    {0x2a, 0x2a, kSs, kVv | kRmG | kL0},
    {0x2b, 0x2b, kPs, kV | kMem},
    {0x2c, 0x2d, kSs, kModrm | kRegG | kL0},
    {0x2e, 0x2f, kPs, kV | kL0},
    {0x50, 0x50, kPs, kModrm | kRegG | kReg},
    {0x51, 0x51, kPs, kV},
    {0x51, 0x51, kSs, kVv | kL0},
    {0x52, 0x53, kNp, kV},
    {0x52, 0x53, kF3, kVv | kL0},
    {0x54, 0x57, kPs, kVv},
    {0x58, 0x59, kPs, kVv},
    {0x58, 0x59, kSs, kVv | kL0},
    {0x5a, 0x5a, kPs, kV},
    {0x5a, 0x5a, kSs, kVv | kL0},
    {0x5b, 0x5b, kPs | kF3, kV},
    {0x5c, 0x5f, kPs, kVv},
    {0x5c, 0x5f, kSs, kVv | kL0},
    {0x60, 0x6d, k66, kVv},
    {0x6e, 0x6e, k66, kModrm | kRmG | kL0},
    {0x6f, 0x6f, k66 | kF3, kV},
    {0x70, 0x70, k66 | kSs, kV | kImm8},
    {0x71, 0x72, k66, kVv | kReg | kImm8, Act::Plain, regs({2, 4, 6})},
    {0x73, 0x73, k66, kVv | kReg | kImm8, Act::Plain, regs({2, 3, 6, 7})},
    {0x74, 0x76, k66, kVv},
    {0x77, 0x77, kNp, 0},  // vzeroupper, vzeroall
    {0x7c, 0x7d, k66 | kF2, kVv},
    {0x7e, 0x7e, k66, kModrm | kRmG | kL0},
    {0x7e, 0x7e, kF3, kV | kL0},
    {0x7f, 0x7f, k66 | kF3, kV},
    {0xae, 0xae, kNp, kModrm | kMem | kL0, Act::Plain, regs({2, 3})},  // vldmxcsr vstmxcsr
    {0xc2, 0xc2, kPs, kVv | kImm8},
    {0xc2, 0xc2, kSs, kVv | kImm8 | kL0},
    {0xc4, 0xc4, k66, kVv | kRmG | kImm8 | kL0},
    {0xc5, 0xc5, k66, kModrm | kRegG | kReg | kImm8 | kL0},
    {0xc6, 0xc6, kPs, kVv | kImm8},
    {0xd0, 0xd0, k66 | kF2, kVv},
    {0xd1, 0xd5, k66, kVv},
    {0xd6, 0xd6, k66, kV | kL0},
    {0xd7, 0xd7, k66, kModrm | kRegG | kReg},
    {0xd8, 0xe5, k66, kVv},
    {0xe6, 0xe6, k66 | kSs, kV},
    {0xe7, 0xe7, k66, kV | kMem},
    {0xe8, 0xef, k66, kVv},
    {0xf0, 0xf0, kF2, kV | kMem},
    {0xf1, 0xf6, k66, kVv},
    {0xf7, 0xf7, k66, kV | kReg | kL0 | kImplicit},  // vmaskmovdqu
    {0xf8, 0xfe, k66, kVv},
});

constexpr auto kVex2 = std::to_array<Form>({
    {0x00, 0x0b, k66, kVv},
    {0x0c, 0x0d, k66, kVv | kW0},
    {0x0e, 0x0f, k66, kV | kW0},
    {0x13, 0x13, k66, kV | kW0},
    {0x16, 0x16, k66, kVv | kL1 | kW0},
    {0x17, 0x17, k66, kV},
    {0x18, 0x18, k66, kV | kW0},
    {0x19, 0x19, k66, kV | kL1 | kW0},
    {0x1a, 0x1a, k66, kV | kMem | kL1 | kW0},
    {0x1c, 0x1e, k66, kV},
    {0x20, 0x25, k66, kV},
    {0x28, 0x29, k66, kVv},
    {0x2a, 0x2a, k66, kV | kMem},
    {0x2b, 0x2b, k66, kVv},
    {0x2c, 0x2f, k66, kVv | kMem | kW0 | kLazy},  // vmaskmovps, pd
    {0x30, 0x35, k66, kV},
    {0x36, 0x36, k66, kVv | kL1 | kW0},
    {0x37, 0x40, k66, kVv},
    {0x41, 0x41, k66, kV | kL0},
    {0x45, 0x45, k66, kVv},
    {0x46, 0x46, k66, kVv | kW0},
    {0x47, 0x47, k66, kVv},
    {0x58, 0x59, k66, kV | kW0},
    {0x5a, 0x5a, k66, kV | kMem | kL1 | kW0},
    {0x78, 0x79, k66, kV | kW0},
    {0x8c, 0x8c, k66, kVv | kMem | kLazy},  // vpmaskmov
    {0x8e, 0x8e, k66, kVv | kMem | kLazy},
    {0x90, 0x93, k66, kVv | kVsib},  // gathers
    {0x96, 0x9f, k66, kVv},          // fma; the scalar ones ignore VEX.L
    {0xa6, 0xaf, k66, kVv},
    {0xb6, 0xbf, k66, kVv},
    {0xcf, 0xcf, k66, kVv | kW0},
    {0xdb, 0xdb, k66, kV | kL0},
    {0xdc, 0xdf, k66, kVv},
    {0xf2, 0xf2, kNp, kGE | kVvvvG | kL0},                              // andn
    {0xf3, 0xf3, kNp, kE | kVvvvG | kL0, Act::Plain, regs({1, 2, 3})},  // blsr blsmsk blsi
    {0xf5, 0xf5, kNp | kSs, kGE | kVvvvG | kL0},                        // bzhi pext pdep
    {0xf6, 0xf6, kF2, kGE | kVvvvG | kL0},                              // mulx
    {0xf7, 0xf7, kAny, kGE | kVvvvG | kL0},                             // bextr shlx sarx shrx
});

constexpr auto kVex3 = std::to_array<Form>({
    {0x00, 0x01, k66, kV | kImm8 | kL1 | kW1},
    {0x02, 0x02, k66, kVv | kImm8 | kW0},
    {0x04, 0x05, k66, kV | kImm8 | kW0},
    {0x06, 0x06, k66, kVv | kImm8 | kL1 | kW0},
    {0x08, 0x09, k66, kV | kImm8},
    {0x0a, 0x0b, k66, kVv | kImm8 | kL0},
    {0x0c, 0x0f, k66, kVv | kImm8},
    {0x14, 0x17, k66, kModrm | kRmG | kImm8 | kL0},
    {0x18, 0x18, k66, kVv | kImm8 | kL1 | kW0},
    {0x19, 0x19, k66, kV | kImm8 | kL1 | kW0},
    {0x1d, 0x1d, k66, kV | kImm8 | kW0},
    {0x20, 0x20, k66, kVv | kRmG | kImm8 | kL0},
    {0x21, 0x21, k66, kVv | kImm8 | kL0},
    {0x22, 0x22, k66, kVv | kRmG | kImm8 | kL0},
    {0x38, 0x38, k66, kVv | kImm8 | kL1 | kW0},
    {0x39, 0x39, k66, kV | kImm8 | kL1 | kW0},
    {0x40, 0x40, k66, kVv | kImm8},
    {0x41, 0x41, k66, kVv | kImm8 | kL0},
    {0x42, 0x42, k66, kVv | kImm8},
    {0x44, 0x44, k66, kVv | kImm8},
    {0x46, 0x46, k66, kVv | kImm8 | kL1 | kW0},
    {0x4a, 0x4c, k66, kVv | kImm8 | kW0},  // vblendv: the immediate names a register
    {0x60, 0x63, k66, kV | kImm8 | kL0},
    {0xce, 0xcf, k66, kVv | kImm8 | kW1},
    {0xdf, 0xdf, k66, kV | kImm8 | kL0},
    {0xf0, 0xf0, kF2, kGE | kImm8 | kL0},  // rorx
});

/// The rows for an opcode: the first, and how many.
struct Rows {
    u8 first = 0, count = 0;
};
/// By prefix column and opcode.
using Index = std::array<std::array<Rows, 256>, 4>;

constexpr u32 kColumn66 = 1;

template <size_t N>
consteval u8 count_rows(const std::array<Form, N>& rows, size_t first) {
    size_t end = first + 1;
    while (end < N && rows[end].has(kAlt)) ++end;
    return static_cast<u8>(end - first);
}

template <size_t N>
consteval Index make_index(const std::array<Form, N>& rows) {
    static_assert(N < 256);
    Index index{};
    for (size_t i = 0; i < N; ++i) {
        const Form& row = rows[i];
        for (u32 column = 0; column < 4; ++column) {
            // 66 as an operand size takes the same rows as no prefix.
            const bool size_prefix = column == kColumn66 && row.has(kOsz) && (row.prefixes & kNp) != 0;
            if (!size_prefix && ((row.prefixes >> column & 1) == 0 || row.has(kAlt))) continue;
            for (u32 opcode = row.first; opcode <= (row.has(kAlu) ? row.last + 48u : row.last);
                 opcode += row.has(kAlu) ? 8 : 1) {
                Rows& entry = index[column][opcode];
                if (entry.count != 0 && row.has(kAlt)) continue;
                if (entry.count != 0) __builtin_trap();  // two rows for one opcode: does not compile
                entry = {static_cast<u8>(i), count_rows(rows, i)};
            }
        }
    }
    return index;
}

constexpr std::array<std::span<const Form>, 7> kRows{kOne, kTwo, kThree8, kThreeA, kVex1, kVex2, kVex3};
constexpr std::array<Index, 7> kIndex{make_index(kOne),    make_index(kTwo),  make_index(kThree8),
                                      make_index(kThreeA), make_index(kVex1), make_index(kVex2),
                                      make_index(kVex3)};

/// x87: for D8..DF the /reg values allowed with memory, and the modrm bytes C0..FF allowed (bit = byte - C0).
struct X87 {
    u8 memory;
    u64 registers;
};
constexpr std::array<X87, 8> kX87Forms{{
    {0xff, 0xffff'ffff'ffff'ffff},                      // D8
    {regs({0, 2, 3, 4, 5, 7}), 0xffff'7f33'0001'ffff},  // D9: not fnstenv
    {0xff, 0x0000'0200'ffff'ffff},                      // DA
    {regs({0, 1, 2, 3, 5, 7}), 0x00ff'ff0c'ffff'ffff},  // DB
    {0xff, 0xffff'ffff'0000'ffff},                      // DC
    {regs({0, 1, 2, 3, 4, 7}), 0x0000'ffff'ffff'00ff},  // DD: not fnsave
    {0xff, 0xffff'ffff'0200'ffff},                      // DE
    {0xff, 0x00ff'ff01'0000'0000},                      // DF
}};

}  // namespace

std::span<const Form> lookup(Map map, Prefix prefix, u8 opcode) {
    const u32 column = static_cast<u32>(std::countr_zero(static_cast<u32>(prefix)));
    const auto number = static_cast<size_t>(map);
    const Rows rows = kIndex[number][column][opcode];
    return kRows[number].subspan(rows.first, rows.count);
}

bool x87_allowed(u8 opcode, u8 modrm) {
    const X87& forms = kX87Forms[opcode & 7u];
    if (modrm < 0xc0) return (forms.memory >> (modrm >> 3 & 7) & 1) != 0;
    return (forms.registers >> (modrm - 0xc0) & 1) != 0;
}

}  // namespace occlum::sfi::verifier
