// Instructions that the translator leaves to the kernel (ExitKind::Assist): what confined code may not do,
// and what must be answered with the project's own values (cpuid). Either emulated exactly, or the trap that
// Linux would turn into a signal.
#pragma once

#include <optional>
#include <span>

#include "base/guest.h"
#include "kernel/mm/address_space.h"
#include "sfi/gate/gate.h"

namespace occlum::kernel {

/// The signal a trap becomes, as siginfo and ucontext show it. Numbers as signal(7) and the SDM give them.
struct GuestTrap {
    int signal = 0;
    int code = 0;         ///< si_code: SI_KERNEL (0x80), ILL_ILLOPN, SEGV_MAPERR…
    GuestAddr address;    ///< si_addr
    u8 vector = 0;        ///< ucontext's trapno
    u32 error_code = 0;   ///< ucontext's err
    bool killed = false;  ///< out of memory: SIGKILL, not to be caught
};

/// The task's segment bases, offsets into its domain (for operands with a segment prefix).
struct SegmentBases {
    u64 fs = 0, gs = 0;
};

/// Emulates the instruction at context.rip (canonical context, live vector registers = the guest's). Nothing:
/// done, rip is at the next instruction. A trap: rip is what the signal frame shows (after `int3`, at the
/// instruction itself for faults). Runs on the task's kernel stack, under the kernel lock, never blocks but
/// for reading file pages.
std::optional<GuestTrap> assist(sfi::GuestContext& context, SegmentBases bases);

/// The trap for a page fault that AddressSpace::fault did not resolve.
GuestTrap trap_of(FaultOutcome outcome, GuestAddr address, Access access);

/// Bytes of an XSAVE area of the components that guests have (x87, SSE, AVX): legacy, header, AVX.
inline constexpr size_t kXsaveSize = 832;

/// The live vector registers to and from a 64-byte aligned area of the standard format: mask x87|SSE|AVX.
/// Saved areas hold no host addresses (x87 instruction and data pointers are cleared), so they can go to
/// signal frames.
struct alignas(64) VectorState {
    std::array<u8, kXsaveSize> bytes;
};
void save_vector_state(VectorState& to);
/// False when the area is not one that XRSTOR takes (hostile signal frame); the registers are then unchanged.
bool restore_vector_state(const VectorState& from);
/// The state of a new program: everything initial, MXCSR 0x1f80, FCW 0x37f.
void reset_vector_state();

}  // namespace occlum::kernel
