// R6: how far rsp may be from the domain. The first pass records what matters to it; check_stack() walks the
// record with the set of join points known.
#pragma once

#include <optional>
#include <vector>

#include "sfi/verifier/insn.h"
#include "sfi/verifier/marks.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi::verifier {

enum class StackEvent : u8 {
    Touch,   ///< certain access at rsp + value
    Access,  ///< possible access at rsp + value
    Move,    ///< rsp += value
    Lower,   ///< rsp -= something in 0..value
    Rebase,  ///< rsp = an address in the domain
    Leave,   ///< a branch away; value is its target in the unit, or kOutside
    Stop,    ///< control does not go on
};
inline constexpr i32 kOutside = -1;

struct Event {
    u32 offset = 0;
    StackEvent kind = StackEvent::Touch;
    i32 value = 0;
};

/// Checks all events, and that the unit's end is not reached. Marks Loose and Far.
std::optional<Rejection> check_stack(Marks& marks, std::span<const Event> events);

}  // namespace occlum::sfi::verifier
