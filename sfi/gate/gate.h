// Entering and leaving guest code. The kernel's task loop calls enter_guest(), which returns when the guest
// leaves through a stub or is interrupted; the guest's registers are then in its GuestContext.
#pragma once

#include <array>

#include "base/types.h"
#include "sfi/dialect.h"

namespace occlum::sfi {

/// Register numbers as the instruction set encodes them.
enum Reg : u8 { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/// A guest thread's integer state. Vector and x87 state stays in the registers while the kernel runs (it uses
/// none) and is saved by the kernel when it switches tasks.
///
/// Canonical form (host_pc == 0): gpr, rip and rflags are what the guest sees; gpr[RSP] is an offset.
/// Raw form (host_pc != 0): the task was interrupted at host_pc inside the code cache; gpr[RSP] is a real
/// address, gpr, scratch and the exit's slots are the machine's; rip is meaningless. CodeCache::recover()
/// turns raw into canonical; enter_guest() resumes either.
struct GuestContext {
    std::array<u64, 16> gpr{};
    u64 rip = 0;
    u64 rflags = 0x202;
    u64 host_pc = 0;
    std::array<u64, 4> scratch{};
    u64 guest_rip = 0, exit_arg = 0;  ///< raw: the slots that an exit sequence may have begun to fill
};

/// Why guest code was left. The first five are the stubs, in their order.
enum class ExitKind : u64 {
    Miss,       ///< dispatch found no code: rip = the guest target
    Link,       ///< unlinked direct branch: rip = the target, argument = link id
    Syscall,    ///< rip = the next instruction
    Assist,     ///< rip = the instruction to emulate
    Fetch,      ///< rip = an address that cannot be executed
    Interrupt,  ///< raw context: an exception or a preemption, described by the exception handler
    Preempted,  ///< VcpuBlock::preempted was set: the guest was not entered, its context is unchanged
};

/// The vCPU block: fs.base points here while the enclave runs. Slots first (dialect.h), then the gate's
/// fields.
struct VcpuBlock {
    VcpuBlock* self;                               // 0x00
    u64 base;                                      // 0x08
    u64 table;                                     // 0x10
    std::array<u64, 4> scratch;                    // 0x18
    u64 guest_fs;                                  // 0x38
    u64 guest_gs;                                  // 0x40
    u64 guest_rip;                                 // 0x48, low 32 bits valid
    u64 exit_arg;                                  // 0x50, low 32 bits valid
    u64 call_stack;                                // 0x58: the end of `calls`
    std::array<u64, kStubCount + 1> stub_targets;  // 0x60: the last one for the paired MISS
    GuestContext* context;                         // 0x90: where a stub saves the guest's registers
    u64 kernel_sp;                                 // 0x98: kernel stack pointer at the last enter_guest
    u64 gate_scratch;                              // 0xa0
    void* enclave_thread;                          // 0xa8: enclave/'s own per-thread state
    void* cpu;                                     // 0xb0: the kernel's per-vCPU state
    u64 preempted;                                 // 0xb8: a tick has come; enter_guest() does not enter
    std::array<u64, 8> calls;                      // 0xc0: where CALL and DISPATCH have the processor push
};
static_assert(sizeof(VcpuBlock) == 0x100);

/// The block of the running vCPU (fs:0).
VcpuBlock& this_vcpu();

/// Fills the stub targets, the self pointer and the call stack's.
void init_vcpu_block(VcpuBlock& block);

/// Writes the stub page's kFirstUnit bytes (the same for every cache).
void write_stub_page(u8* page);

/// Makes `base` the current domain (block.base and gs.base).
void set_domain(VcpuBlock& block, u64 base);

/// Runs guest code. Canonical context: `landing` is the host address for context.rip (CodeCache::resolve).
/// Raw context: landing is ignored and the guest goes on at context.host_pc. Returns when the guest leaves;
/// the context is then canonical, with rip set, but for Interrupt. gs.base, block.base, block.table, guest_fs
/// and guest_gs must be the task's. Called on the task's kernel stack.
ExitKind enter_guest(GuestContext& context, u64 landing);

/// Host code address to which the exception handler redirects an interrupted guest, after it has filled
/// block.context in raw form, with rsp = block.kernel_sp, rax = any, DF and AC clear: enter_guest then
/// returns Interrupt.
u64 interrupt_return_address();

/// Ticks in the gate, on the way in: the exception handler redirects them to preempt_return_address(), with
/// rsp = block.kernel_sp and DF and AC clear; enter_guest() then returns Preempted. A tick elsewhere outside
/// of guest code sets block.preempted.
bool is_entering_guest(u64 pc);
u64 preempt_return_address();

}  // namespace occlum::sfi
