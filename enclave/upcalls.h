// What the enclave runtime calls in the LibOS above it. The kernel defines these.
#pragma once

#include <array>

#include "base/types.h"

namespace occlum::enclave {

/// What an asynchronous exit saved, copied from the SSA frame; the changed fields go back before ERESUME.
struct ExceptionFrame {
    std::array<u64, 16> gpr;  ///< by register number (sfi::Reg order)
    u64 rip, rflags, fs_base, gs_base;
    bool is_tick;       ///< asynchronous preemption; the rest below is then void
    u8 vector;          ///< SDM vector number, from SSA.EXITINFO (never from the host)
    u32 error_code;     ///< of #PF and #GP (EXINFO)
    u64 fault_address;  ///< of #PF (EXINFO.MADDR)
};

/// First thread, after runtime initialisation, on the boot stack. Never returns (ends with host_exit).
[[noreturn]] void libos_main();
/// Other vCPUs, once each. Never returns.
[[noreturn]] void libos_vcpu_main(u32 vcpu);
/// On the exception stack, at CSSA 1, interrupts impossible. May change gpr, rip, rflags. Returns false when
/// the place is not one it knows: the runtime then panics with the frame. Must not block, allocate or make
/// host calls.
bool libos_exception(ExceptionFrame& frame);

}  // namespace occlum::enclave
