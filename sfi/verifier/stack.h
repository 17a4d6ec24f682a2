// R6: how far rsp may be from the domain. The first pass records what matters to it; check_stack() walks the
// record with the set of join points known.
#pragma once

#include <optional>
#include <vector>

#include "sfi/verifier/insn.h"
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

/// What is known of each byte of the unit.
enum Mark : u8 {
    kStart = 1,     ///< an instruction starts here
    kInside = 2,    ///< ... in the middle of a sequence
    kTarget = 4,    ///< control may come from elsewhere
    kLoose = 8,     ///< ... with twice the drift
    kFar = 16,      ///< a branch starts here that leaves with twice the drift
    kRestore = 32,  ///< RESTORE is here
};

/// Checks all events, and that the unit's end is not reached. `marks` has one byte for each of the unit.
std::optional<Rejection> check_stack(std::span<u8> marks, std::span<const Event> events);

}  // namespace occlum::sfi::verifier
