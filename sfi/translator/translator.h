// The translator: guest code to one confined unit. Not trusted: whatever it emits is verified.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/guest.h"
#include "base/result.h"
#include "sfi/gate/gate.h"

namespace occlum::sfi::translator {

/// Translated code that exists already, so that a region need not contain it again.
class KnownCode {
public:
    virtual ~KnownCode() = default;
    /// Cache offset of the body for a guest address of the same mapping, if translated.
    virtual std::optional<u32> body_of(GuestAddr guest) const = 0;
};

/// A piece of one executable mapping, copied out; the translator never looks outside it.
struct Window {
    GuestAddr start;            ///< guest address of bytes[0]
    std::span<const u8> bytes;  ///< contains at least the entry; a region stops at its end
};

/// No dispatch may enter here, only direct links.
inline constexpr u32 kNoLanding = ~u32{0};

/// One guest address at which the unit can be entered; offsets in the unit, in bytes.
struct EntryPoint {
    GuestAddr guest;
    u32 landing = kNoLanding;  ///< for dispatch and resumption: rax, rcx in S0, S1
    u32 body = 0;              ///< for direct links
};

/// A direct branch that leaves the unit. It first goes to its own LINK exit inside the unit; the cache may
/// re-target it.
struct LinkSite {
    u32 field = 0;     ///< offset of the rel32
    u32 argument = 0;  ///< offset of the imm32 that the exit puts into ExitArg: the cache writes the link's
                       ///< id there before verification
    GuestAddr target;
};

/// What must be done to a raw context that was interrupted in [offset, next point's offset) to make it
/// canonical. rsp always becomes its low 32 bits: the base is aligned to 4 GiB.
struct RecoveryPoint {
    u32 offset = 0;  ///< in the unit, ascending
    u32 guest =
        0;  ///< guest address to report: this instruction's, or the next one's when the effect is done
    std::array<u8, 4>
        spilled{};    ///< for each scratch slot: 1 + register whose guest value is there, 0 for none
    i32 rsp_add = 0;  ///< add to rsp to undo (roll back) or complete (roll forward)
    u8 rebased = 0;   ///< bit 0: rsi, bit 1: rdi hold real addresses: take the low 32 bits
    u8 rsp_from = 0;  ///< 1 + register whose low 32 bits are the guest's rsp, 0 for rsp itself

    bool operator==(const RecoveryPoint&) const = default;
};

struct Unit {
    std::vector<u8> code;
    std::vector<EntryPoint> entries;
    std::vector<LinkSite> links;
    std::vector<RecoveryPoint> recovery;
    GuestAddr guest_start, guest_end;  ///< hull of the guest bytes that were read
    u32 guest_instructions = 0;
};

enum class Scope : u8 {
    Region,  ///< what is reachable nearby
    Single,  ///< one instruction
    Assist,  ///< none: the kernel emulates the entry's instruction or raises its signal
};

/// Translates the region around `entry`. `cache_offset`: where the unit will lie, bytes from the cache's
/// start. Never fails on bad guest code: what cannot be decoded, is refused or runs off the window becomes an
/// ASSIST or FETCH exit. ENOMEM only.
[[nodiscard]] Result<Unit> translate(const Window& window, GuestAddr entry, u32 cache_offset,
                                     const KnownCode& known, Scope scope = Scope::Region);

/// Applies the recovery data to a raw context; `offset` is the host pc's offset in the unit. The result is
/// canonical.
void recover(const Unit& unit, u32 offset, GuestContext& context);

}  // namespace occlum::sfi::translator
