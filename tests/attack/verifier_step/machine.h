// Runs a few bytes of confined code natively, with a domain around it where every touched page is seen.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::step {

struct Registers {
    std::array<u64, 16> general{};  ///< in encoding order; [4] is rsp
    std::array<std::array<u64, 4>, 16> vector{};
    u64 flags = 0x202;
};

enum class End : u8 { Trap, Fault, Illegal, Arithmetic, Protection };

struct Result {
    End end = End::Trap;
    u64 rip = 0;  ///< relative to the code's first byte; at End::Trap that of the int3
    Registers after;
    bool bases_kept = true;    ///< fs.base and gs.base are as before
    bool in_guard = false;     ///< the fault that ended it was in a guard
    u64 outside = 0;           ///< the address of a touch that is not allowed, or 0
    std::vector<u64> touched;  ///< addresses of faults that were served, in order
};

/// So many touches are served in one run.
inline constexpr u64 kMaxTouches = 64;

/// Addresses of the stage. Three domains on either side are reserved as well, and empty.
u64 domain_base();
u64 block_base();  ///< the fake vCPU block (fs.base)
u64 table_base();  ///< the fake dispatch table, 32 GiB
bool on_call_stack(u64 address);

/// Prepares the stage; false if the machine cannot (no FSGSBASE, no AVX2, no memory).
bool prepare();

/// Runs `code`, int3 behind it, until it traps or faults. Touches are served with zeroed memory when they lie
/// in the domain outside its guards, or in the slots; in the table if `with_table`. A touch of a guard (or up
/// to 4 KiB past the domain) ends the run with a fault that is in order.
Result run(std::span<const u8> code, const Registers& registers, bool with_table);

}  // namespace occlum::sfi::step
