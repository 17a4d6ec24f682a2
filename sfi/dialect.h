// The constants that translator, verifier, cache and gate agree on. The rules are in sfi/README.md.
#pragma once

#include <cstdint>

namespace occlum::sfi {

/// Size of a domain in bytes, and its alignment. Only sfi/ and the address-space code may know it.
inline constexpr std::uint64_t kDomainSize = std::uint64_t{1} << 32;
/// Never mapped at either end of each domain, in bytes.
inline constexpr std::uint64_t kGuardSize = std::uint64_t{1} << 20;
/// |rsp adjustment| of one instruction, and the drift allowed at a block's start, in bytes.
inline constexpr std::int64_t kMaxDrift = 64 << 10;
/// |displacement + drift| of an access through rsp, in bytes.
inline constexpr std::int64_t kMaxStackReach = 512 << 10;

/// Byte offsets from fs.base of the vCPU block's slots that confined code may name (8 bytes each).
/// The block goes on behind kSlotsEnd with fields of the gate and the kernel, which no unit may name.
enum class Slot : std::uint32_t {
    Self = 0x00,      ///< not nameable: address of the block itself
    Base = 0x08,      ///< B; load only inside REBASE and STRING
    Table = 0x10,     ///< dispatch table of the current code space; load only inside DISPATCH, into r10
    Scratch0 = 0x18,  ///< S0..S3: load and store of any register but rsp, 64-bit
    Scratch1 = 0x20,
    Scratch2 = 0x28,
    Scratch3 = 0x30,
    GuestFs = 0x38,   ///< guest fs base, an offset: 64-bit load into any register but rsp
    GuestGs = 0x40,   ///< guest gs base, an offset: likewise
    GuestRip = 0x48,  ///< `movl $imm32` only
    ExitArg = 0x50,   ///< `movl $imm32` only
    CallStack =
        0x58,  ///< top of the block's own stack of a few words; load only inside CALL and DISPATCH, into rsp
};
inline constexpr std::uint32_t kSlotsEnd = 0x60;

/// Fixed stubs at the start of the code cache, kStubStride bytes apart: `jmp *%fs:kStubTargets + 8*n`, then
/// int3.
enum class Stub : std::uint32_t { Miss = 0, Link = 1, Syscall = 2, Assist = 3, Fetch = 4 };
inline constexpr std::uint32_t kStubCount = 5;
inline constexpr std::uint32_t kStubStride = 16;
/// A RESTORE in front of a MISS stub of its own: what a table entry without code holds if paired.
inline constexpr std::uint32_t kMissLanding = kStubCount * kStubStride;
/// fs offset of the stub targets' addresses (host code of the gate), not nameable by units.
inline constexpr std::uint32_t kStubTargets = 0x60;
/// Units start here in the cache (offset in bytes); the stub page is below.
inline constexpr std::uint32_t kFirstUnit = 4096;
/// Cache size limit: rel32 must reach everywhere.
inline constexpr std::uint64_t kMaxCacheSize = std::uint64_t{1} << 30;
/// Registers of DISPATCH: the guest target, and the table and then rsp. The common ABI keeps nothing in them
/// over calls and returns, so that hardly anybody waits for their reload.
inline constexpr std::uint8_t kTargetRegister = 11, kTableRegister = 10;
/// RESTORE: `mov %r10,%rsp`, in bytes.
inline constexpr std::uint32_t kRestoreSize = 3;
/// Dispatch table: one 8-byte entry for each guest offset.
inline constexpr std::uint64_t kTableSize = kDomainSize * 8;

}  // namespace occlum::sfi
