// Exceptions and ticks, as the enclave runtime hands them on.
#include "enclave/upcalls.h"

#include "abi/enclave_map.h"
#include "enclave/pages.h"
#include "kernel/mm/address_space.h"
#include "kernel/profile/counters.h"
#include "kernel/sched/cpu.h"
#include "sfi/gate/gate.h"

namespace occlum::enclave {

namespace {

constexpr u64 kTrapFlag = 0x100, kDirectionFlag = 0x400, kNestedTask = 0x4000, kAlignmentCheck = 0x40000,
              kIdentification = 0x200000;
constexpr u8 kPageFault = 14;

bool in_units(u64 address) {
    const u64 start = elrange_base() + abi::kCodeOffset;
    return address >= start + sfi::kFirstUnit && address < start + abi::kCodeSize;
}

void return_to_kernel(ExceptionFrame& frame, u64 address) {
    frame.rip = address;
    frame.gpr[sfi::RSP] = sfi::this_vcpu().kernel_sp;
    frame.rflags &= ~(kTrapFlag | kDirectionFlag | kNestedTask | kAlignmentCheck | kIdentification);
}

/// The interrupted guest's registers go to its task, raw; enter_guest() returns Interrupt.
void leave_guest(ExceptionFrame& frame) {
    kernel::Cpu& cpu = kernel::this_cpu();
    sfi::VcpuBlock& block = sfi::this_vcpu();
    sfi::GuestContext& context = *block.context;
    cpu.exception = frame;
    context.gpr = frame.gpr;
    context.rflags = frame.rflags;
    context.host_pc = frame.rip;
    context.scratch = block.scratch;
    context.guest_rip = block.guest_rip;
    context.exit_arg = block.exit_arg;
    return_to_kernel(frame, sfi::interrupt_return_address());
}

}  // namespace

// Kernel data may be in the middle of a change here: only this vCPU's own state and constants are looked at.
bool libos_exception(ExceptionFrame& frame) {
    if (in_units(frame.rip)) {
        leave_guest(frame);
        return true;
    }
    if (frame.is_tick) {
        if (!kernel::profile::take_kernel_tick(frame.rip - elrange_base())) return true;
        kernel::note_tick();
        if (sfi::is_entering_guest(frame.rip)) return_to_kernel(frame, sfi::preempt_return_address());
        return true;
    }
    if (frame.vector != kPageFault) return false;
    const auto fixup = kernel::user_copy_fixup(frame.rip);
    if (!fixup) return false;
    frame.rip = *fixup;
    return true;
}

}  // namespace occlum::enclave
