// The vector-state instructions on guest memory: executed on a kernel area, then copied.
#pragma once

#include "kernel/assist/assist.h"

namespace occlum::kernel {

/// Components in an XSAVE area.
inline constexpr u32 kX87 = 1, kSse = 2, kAvx = 4, kAllStates = 7;

/// All at a guest address. Nothing: done.
std::optional<GuestTrap> emulate_xsave(GuestAddr area, u32 mask, bool compact);
std::optional<GuestTrap> emulate_xrstor(GuestAddr area, u32 mask);
std::optional<GuestTrap> emulate_fxsave(GuestAddr area);
/// fnsave when `whole`, else fnstenv.
std::optional<GuestTrap> emulate_x87_store(GuestAddr area, bool whole, bool short_form);

/// #GP(0), as Linux signals it.
GuestTrap protection_trap(u32 error_code = 0);
/// The trap of an access that cannot be had.
std::optional<GuestTrap> access_trap(GuestAddr start, u64 size, Access access);

}  // namespace occlum::kernel
