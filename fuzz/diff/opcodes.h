// Random single instructions: bytes by the encoding's structure, filtered by the Zydis decoder, with their
// memory operands pointed at the data areas.
#pragma once

#include <optional>
#include <vector>

#include "fuzz/diff/random.h"
#include "fuzz/diff/sequence.h"

namespace occlum::fuzz {

/// What is statically known of the general registers at a point of the sequence.
class KnownRegisters {
public:
    std::optional<u64> get(u32 reg) const { return values_[reg]; }
    void set(u32 reg, u64 value) { values_[reg] = value; }
    void forget(u32 reg) { values_[reg].reset(); }
    void forget_all() { values_ = {}; }

private:
    std::array<std::optional<u64>, 16> values_;
};

struct Limits {
    u32 code = 0;           ///< about where the instruction will lie
    u32 keep = 1u << 4;     ///< registers that must not be written (bit by encoding number); rsp always
    bool no_stack = false;  ///< nothing that touches rsp at all
};

/// `mov $value,%reg` in one of its encodings.
Item load_immediate(Random& random, u32 reg, u64 value);
Item item_of(std::initializer_list<int> bytes);

/// Appends one random instruction and what must come before it; updates `known`. False (and nothing appended)
/// when the bytes drawn are no instruction of the kinds tested.
bool append_random(Random& random, const Limits& limits, KnownRegisters& known, std::vector<Item>& items);

/// An address for `size` bytes, mostly inside an area.
u32 pick_address(Random& random, u32 size);

}  // namespace occlum::fuzz
