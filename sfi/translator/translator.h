// The translator: guest code to one confined unit. Not trusted: whatever it emits is verified.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/guest.h"
#include "base/result.h"
#include "sfi/gate/gate.h"
#include "sfi/translator/recovery_table.h"

namespace occlum::sfi::translator {

/// Translated code that exists already, so that a region need not contain it again.
class KnownCode {
public:
    virtual ~KnownCode() = default;
    /// Cache offset of the body for a guest address of the same mapping, if translated.
    virtual std::optional<u32> body_of(GuestAddr guest) const = 0;
    /// Likewise of the landing, where calls go.
    virtual std::optional<u32> landing_of(GuestAddr guest) const = 0;
    /// False: bodies may vanish, so each branch to one must be a LinkSite, which can be taken back.
    virtual bool permanent() const { return true; }
    /// True: calls and returns are pairs for the processor's return predictor. All code of a process or none.
    virtual bool paired() const { return false; }
};

/// A piece of one executable mapping, copied out; the translator never looks outside it.
struct Window {
    GuestAddr start;            ///< guest address of bytes[0]
    std::span<const u8> bytes;  ///< contains at least the entry; a region stops at its end
};

/// No dispatch or call may enter here, only direct jumps.
inline constexpr u32 kNoLanding = ~u32{0};

/// One guest address at which the unit can be entered; offsets in the unit, in bytes.
struct EntryPoint {
    GuestAddr guest;
    u32 landing = kNoLanding;  ///< RESTORE: for dispatches and calls
    u32 body = 0;              ///< for direct jumps and resumption; r11 and r10 are in S0 and S1 at both
};

/// A direct branch or call that leaves the unit. It first goes to its own LINK exit inside the unit; the
/// cache may re-target it, and back.
struct LinkSite {
    u32 field = 0;     ///< offset of the rel32
    u32 argument = 0;  ///< offset of the imm32 that the exit puts into ExitArg: the cache writes the link's
                       ///< id there before verification
    GuestAddr target;
    bool is_call = false;  ///< goes to landings, the others to bodies
};

struct Unit {
    std::vector<u8> code;
    std::vector<EntryPoint> entries;
    std::vector<LinkSite> links;
    std::vector<u32> stub_fields;  ///< offsets of the rel32 of jumps to the stubs: all that depends on the
                                   ///< place, if the known code is not permanent
    RecoveryTable recovery;
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
void recover(const RecoveryTable& table, u32 offset, GuestContext& context);

}  // namespace occlum::sfi::translator
