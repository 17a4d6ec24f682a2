#include "kernel/task/trap.h"

#include <bit>

#include "enclave/host.h"
#include "kernel/profile/counters.h"
#include "kernel/sched/vcpus.h"
#include "kernel/signal/deliver.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

// SDM vol. 3A, table 6-1.
enum Vector : u8 {
    kDivide = 0,
    kDebug = 1,
    kBreakpoint = 3,
    kOverflow = 4,
    kBound = 5,
    kInvalidOpcode = 6,
    kStackSegment = 12,
    kProtection = 13,
    kPageFault = 14,
    kX87 = 16,
    kAlignment = 17,
    kSimd = 19,
};
// Page-fault error code bits.
constexpr u32 kWriteFault = 2;

template <typename T>
T pick(std::span<const u8> image, size_t offset) {
    std::array<u8, sizeof(T)> bytes{};
    for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = image[offset + i];
    return std::bit_cast<T>(bytes);
}

/// si_code of SIGFPE from the unmasked exception bits of the x87 status word or MXCSR, which are alike.
int float_code(u32 raised) {
    constexpr u32 kInvalid = 1, kDenormal = 2, kDivideByZero = 4, kOver = 8, kUnder = 0x10, kInexact = 0x20;
    if (raised & kInvalid) return kFpeFltinv;
    if (raised & kDivideByZero) return kFpeFltdiv;
    if (raised & kOver) return kFpeFltovf;
    if (raised & (kUnder | kDenormal)) return kFpeFltund;
    if (raised & kInexact) return kFpeFltres;
    return kSiKernel;
}

int x87_code() {
    VectorState state{};
    save_vector_state(state);
    const u32 control = pick<u16>(state.bytes, 0), status = pick<u16>(state.bytes, 2);
    return float_code(status & ~control & 0x3f);
}

int simd_code() {
    VectorState state{};
    save_vector_state(state);
    const u32 mxcsr = pick<u32>(state.bytes, 24);
    return float_code(mxcsr & ~(mxcsr >> 7) & 0x3f);
}

GuestTrap trap_of_vector(u8 vector, u32 error_code, u64 rip) {
    const GuestAddr here{rip};
    switch (vector) {
        case kDivide:
            return {kSigFpe, kFpeIntdiv, here, vector, 0};
        case kDebug:
            return {kSigTrap, kTrapTrace, here, vector, 0};
        case kBreakpoint:
            return {kSigTrap, kSiKernel, {}, vector, 0};
        case kOverflow:
            return {kSigSegv, kSiKernel, {}, vector, 0};
        case kInvalidOpcode:
            return {kSigIll, kIllIllopn, here, vector, 0};
        case kStackSegment:
            return {kSigBus, kSiKernel, {}, vector, error_code};
        case kX87:
            return {kSigFpe, x87_code(), here, vector, 0};
        case kAlignment:
            return {kSigBus, kBusAdraln, {}, vector, 0};
        case kSimd:
            return {kSigFpe, simd_code(), here, vector, 0};
        default:
            return {kSigSegv, kSiKernel, {}, vector, error_code};
    }
}

void handle_page_fault(Task& task, const enclave::ExceptionFrame& frame) {
    AddressSpace& memory = task.process().address_space();
    if (code_cache().take_miss(task.context)) return;
    const GuestAddr address{frame.fault_address - memory.base()};
    const Access access = frame.error_code & kWriteFault ? Access::Write : Access::Read;
    memory.prefetch(address);
    const FaultOutcome outcome = memory.fault(address, access);
    if (outcome == FaultOutcome::Resolved) {
        ++task.minor_faults;
        return;
    }
    make_canonical(task);
    raise_trap(task, trap_of(outcome, address, access));
}

/// Whether rsp is where rule R6 of the dialect has it, at or near the domain.
bool on_guest_stack(Task& task) {
    if (task.context.host_pc == 0) return true;
    const u64 base = task.process().address_space().base();
    return task.context.gpr[sfi::RSP] - (base - sfi::kGuardSize) < sfi::kDomainSize + 2 * sfi::kGuardSize;
}

}  // namespace

void make_canonical(Task& task) {
    if (task.context.host_pc == 0) return;
    if (!code_cache().recover(task.context)) enclave::panic("a task was interrupted outside of its units");
}

void recover_tasks_of(AddressSpace& space) {
    stop_guests_of(space);
    for (const auto& [tid, task] : pid_table().tasks())
        if (task->process().memory == &space) make_canonical(*task);
}

void recover_all_tasks() {
    stop_all_guests();
    for (const auto& [tid, task] : pid_table().tasks()) make_canonical(*task);
}

void handle_interrupt(Task& task) {
    Cpu& cpu = this_cpu();
    const enclave::ExceptionFrame frame = cpu.exception;
    if (frame.is_tick) {
        if (profile::take_guest_tick(task)) note_tick();
        // In a call or dispatch rsp is the vCPU's own stack, which others use when the task goes on.
        if (!on_guest_stack(task)) make_canonical(task);
        return;
    }
    // Another vCPU has wanted the guest-visible state meanwhile: the instruction is done again, and traps
    // again.
    if (task.context.host_pc == 0) return;
    if (frame.vector == kPageFault) {
        handle_page_fault(task, frame);
        return;
    }
    make_canonical(task);
    raise_trap(task, trap_of_vector(frame.vector, frame.error_code, task.context.rip));
}

}  // namespace occlum::kernel
