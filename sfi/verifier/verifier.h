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
    std::span<const u32> entries;  ///< offsets in `code` that will be entered from outside (landings and
                                   ///< bodies), strictly ascending
};

/// Answers whether a cache offset is an entry (a landing or body) of a unit verified before.
class KnownEntries {
public:
    virtual ~KnownEntries() = default;
    virtual bool is_entry(u32 cache_offset) const = 0;
};

/// Why a unit was refused.
struct Rejection {
    u32 offset = 0;           ///< of the offending instruction in the unit, in bytes
    int rule = 0;             ///< 1..10, as in sfi/README.md
    const char* reason = "";  ///< one line, static storage
};

/// What the checked unit allows later.
struct Verified {
    /// Offsets in the unit of the rel32 fields of direct jumps that may be re-targeted to any known entry
    /// (each lies within one 64-byte line of the cache), ascending.
    std::vector<u32> link_fields;
};

[[nodiscard]] std::expected<Verified, Rejection> verify(const UnitView& unit, const KnownEntries& known);

}  // namespace occlum::sfi::verifier
