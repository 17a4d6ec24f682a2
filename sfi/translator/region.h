// Which guest instructions one unit contains.
#pragma once

#include <array>
#include <vector>

#include "sfi/translator/instruction.h"
#include "sfi/translator/translator.h"

namespace occlum::sfi::translator {

inline constexpr size_t kRegionInstructions = 400;
inline constexpr u64 kMaxGuestBytes = 2048;

/// Bits of Insn::label.
inline constexpr u16 kLabelTarget = 1;  ///< a direct branch of the region goes here
inline constexpr u16 kLabelLoop = 4;    ///< a branch close behind comes back here
inline constexpr u16 kLabelEntry = 2;   ///< dispatch or the kernel may resume here

/// Instructions in address order; each is reachable from the entry within the region.
class Region {
public:
    Region(const Window& window, GuestAddr entry, const KnownCode& known, size_t max_instructions);

    const std::vector<Insn>& instructions() const { return insns_; }
    /// Whether the region contains an instruction that starts at `guest`.
    bool contains(u64 guest) const;
    /// Its position; it must be there.
    size_t position(u64 guest) const { return index_[guest - first_] - 1u; }
    u64 lowest() const { return insns_.front().address; }
    u64 highest() const { return highest_; }

private:
    void trace(u64 guest);
    void decode_at(u64 guest, Insn& insn) const;
    void want(u64 guest);
    void put_in_order();
    void mark_labels(u64 entry);
    Insn* find(u64 guest);

    const Window& window_;
    const KnownCode& known_;
    u64 first_ = 0;  ///< bounds of what may be in the region
    u64 limit_ = 0;
    size_t max_instructions_;
    u64 highest_ = 0;
    std::vector<Insn> insns_;
    std::vector<u64> pending_;
    std::array<u16, kMaxGuestBytes + kMaxLength> index_{};  ///< by address - first_: 1 + position, 0 for none
};

/// True when control never goes on to the next instruction without leaving through a stub or a dispatch.
bool ends_flow(const Insn& insn);
/// True when the kernel or a return comes back to the next instruction.
bool returns_to_next(const Insn& insn);

}  // namespace occlum::sfi::translator
