// Recovery points, packed: two bytes for most guest instructions.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::translator {

/// What must be done to a raw context that was interrupted in [offset, next point's offset) to make it
/// canonical. rsp always becomes its low 32 bits: the base is aligned to 4 GiB.
struct RecoveryPoint {
    u32 offset = 0;  ///< in the unit
    u32 guest =
        0;  ///< guest address to report: this instruction's, or the next one's when the effect is done
    std::array<u8, 4>
        spilled{};    ///< for each scratch slot: 1 + register whose guest value is there, 0 for none
    i32 rsp_add = 0;  ///< add to rsp to undo (roll back) or complete (roll forward)
    u8 rebased = 0;   ///< bit 0: rsi, bit 1: rdi hold real addresses: take the low 32 bits
    u8 rsp_from = 0;  ///< 1 + register whose low 32 bits are the guest's rsp, 0 for rsp itself

    bool operator==(const RecoveryPoint&) const = default;
};

class RecoveryTable {
public:
    /// Offsets must ascend. A point that says the same as the one before is dropped.
    void add(const RecoveryPoint& point);
    /// The point that governs `offset`.
    std::optional<RecoveryPoint> find(u32 offset) const;
    void shrink_to_fit() { bytes_.shrink_to_fit(); }

    /// As it is stored; points can only be found in a table that is made from it.
    std::span<const u8> bytes() const { return bytes_; }
    /// Nothing when these are not the bytes of a table.
    static std::optional<RecoveryTable> from_bytes(std::span<const u8> bytes);

private:
    std::vector<u8> bytes_;
    RecoveryPoint last_;
    u32 recorded_ = 0;  ///< offset of the last point that was kept
};

}  // namespace occlum::sfi::translator
