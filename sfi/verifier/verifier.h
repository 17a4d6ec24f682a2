// The verifier: decides whether a unit may become executable. Trusted; shares no code with the translator.
// Deterministic, total, linear in the unit's size. The rules R1..R10 are in sfi/README.md.
#pragma once

#include <expected>
#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::verifier {

/// What is asked to become executable.
struct UnitView {
    std::span<const u8> code;  ///< the unit's final bytes (a private copy: nobody else may write them)
    u32 cache_offset = 0;      ///< where they will lie, in bytes from the start of the cache (≥ kFirstUnit)
    /// Offsets in `code` that will be entered from outside, strictly ascending. By direct jumps, by the gate
    /// and, unless paired, by dispatches:
    std::span<const u32> bodies;
    std::span<const u32> landings;  ///< by calls and dispatches, if paired
    bool paired = false;            ///< the dialect's second form, in which calls and returns are pairs
};

/// Answers whether a cache offset is an entry of a unit verified before, and of which kind.
class KnownEntries {
public:
    virtual ~KnownEntries() = default;
    virtual bool is_body(u32 cache_offset) const = 0;
    virtual bool is_landing(u32 cache_offset) const = 0;
};

/// Why a unit was refused.
struct Rejection {
    u32 offset = 0;           ///< of the offending instruction in the unit, in bytes
    int rule = 0;             ///< 1..10, as in sfi/README.md
    const char* reason = "";  ///< one line, static storage
};

/// What the checked unit allows later.
struct Verified {
    /// Offsets in the unit of the rel32 fields of direct jumps that may be re-targeted to any known body
    /// (each lies within one 64-byte line of the cache), ascending.
    std::vector<u32> link_fields;
    /// Likewise of calls, to any known landing.
    std::vector<u32> call_fields;
};

[[nodiscard]] std::expected<Verified, Rejection> verify(const UnitView& unit, const KnownEntries& known);

}  // namespace occlum::sfi::verifier
