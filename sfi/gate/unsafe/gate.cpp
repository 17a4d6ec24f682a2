// The gate's C++ side: the layout that gate.S relies on, the vCPU block and the stub page.
#include "sfi/gate/gate.h"

#include <cstddef>
#include <cstring>

#include "sfi/gate/unsafe/layout.h"

#pragma clang attribute push(__attribute__((visibility("hidden"))), apply_to = function)
extern "C" {
occlum::u64 occlum_gate_enter(occlum::sfi::GuestContext* context, occlum::u64 landing);
void occlum_gate_exit_0();
void occlum_gate_exit_1();
void occlum_gate_exit_2();
void occlum_gate_exit_3();
void occlum_gate_exit_4();
void occlum_gate_exit_5();
void occlum_gate_interrupted();
void occlum_gate_preempted();
extern const char occlum_gate_entering[], occlum_gate_entered[];
}
#pragma clang attribute pop

namespace occlum::sfi {
namespace {

static_assert(offsetof(GuestContext, gpr) == GATE_CTX_GPR(0));
static_assert(offsetof(GuestContext, rip) == GATE_CTX_RIP);
static_assert(offsetof(GuestContext, rflags) == GATE_CTX_RFLAGS);
static_assert(offsetof(GuestContext, host_pc) == GATE_CTX_HOST_PC);
static_assert(offsetof(GuestContext, scratch) == GATE_CTX_SCRATCH(0));
static_assert(offsetof(GuestContext, guest_rip) == GATE_CTX_GUEST_RIP);
static_assert(offsetof(GuestContext, exit_arg) == GATE_CTX_EXIT_ARG);
static_assert(offsetof(VcpuBlock, base) == GATE_BLK_BASE && GATE_BLK_BASE == u32(Slot::Base));
static_assert(offsetof(VcpuBlock, table) == GATE_BLK_TABLE && GATE_BLK_TABLE == u32(Slot::Table));
static_assert(offsetof(VcpuBlock, scratch) == GATE_BLK_SCRATCH(0) &&
              GATE_BLK_SCRATCH(0) == u32(Slot::Scratch0));
static_assert(offsetof(VcpuBlock, guest_fs) == u32(Slot::GuestFs));
static_assert(offsetof(VcpuBlock, guest_gs) == u32(Slot::GuestGs));
static_assert(offsetof(VcpuBlock, guest_rip) == GATE_BLK_GUEST_RIP &&
              GATE_BLK_GUEST_RIP == u32(Slot::GuestRip));
static_assert(offsetof(VcpuBlock, exit_arg) == GATE_BLK_EXIT_ARG && GATE_BLK_EXIT_ARG == u32(Slot::ExitArg));
static_assert(offsetof(VcpuBlock, call_stack) == u32(Slot::CallStack));
static_assert(offsetof(VcpuBlock, stub_targets) == kStubTargets);
static_assert(offsetof(VcpuBlock, context) == GATE_BLK_CONTEXT);
static_assert(offsetof(VcpuBlock, kernel_sp) == GATE_BLK_KERNEL_SP);
static_assert(offsetof(VcpuBlock, gate_scratch) == GATE_BLK_SCRATCH_PC);
static_assert(offsetof(VcpuBlock, preempted) == GATE_BLK_PREEMPTED);
static_assert(kTargetRegister == GATE_TARGET && kTableRegister == GATE_TABLE);
static_assert(u64(ExitKind::Miss) == u64(Stub::Miss) && u64(ExitKind::Fetch) == u64(Stub::Fetch) &&
              u64(ExitKind::Interrupt) == 5 && u64(ExitKind::Preempted) == 6);

// SAFETY: the address of a function, wanted as a number; nothing is called through it.
u64 address_of(void (*code)()) { return reinterpret_cast<u64>(code); }

}  // namespace

VcpuBlock& this_vcpu() {
    VcpuBlock* self;
    // SAFETY: fs.base is a vCPU block wherever kernel code runs, and its first field is its own address.
    // Volatile: a task may go on on another vCPU.
    __asm__ volatile("movq %%fs:0, %0" : "=r"(self));
    return *self;
}

void init_vcpu_block(VcpuBlock& block) {
    block.self = &block;
    // SAFETY: an address, wanted as a number: the processor pushes below it, into `calls`.
    block.call_stack = reinterpret_cast<u64>(block.calls.end());
    block.stub_targets = {address_of(occlum_gate_exit_0), address_of(occlum_gate_exit_1),
                          address_of(occlum_gate_exit_2), address_of(occlum_gate_exit_3),
                          address_of(occlum_gate_exit_4), address_of(occlum_gate_exit_5)};
}

void write_stub_page(u8* page) {
    constexpr u8 kInt3 = 0xcc;
    constexpr std::array<u8, kRestoreSize> kRestore{0x4c, 0x89, 0xd4};  // mov %r10,%rsp
    // SAFETY: the caller owns kFirstUnit writable bytes at `page`; what is written stays
    // below kMissLanding + kStubStride.
    memset(page, kInt3, kFirstUnit);
    const auto jump_at = [page](u32 offset, u32 stub) {
        constexpr std::array<u8, 4> kJump{0x64, 0xff, 0x24, 0x25};  // jmp *%fs:disp32
        const u32 target = kStubTargets + 8 * stub;
        memcpy(page + offset, kJump.data(), kJump.size());
        memcpy(page + offset + kJump.size(), &target, sizeof target);
    };
    for (u32 stub = 0; stub < kStubCount; ++stub) jump_at(stub * kStubStride, stub);
    memcpy(page + kMissLanding, kRestore.data(), kRestore.size());
    jump_at(kMissLanding + kRestoreSize, kStubCount);
}

void set_domain(VcpuBlock& block, u64 base) {
    block.base = base;
    // SAFETY: kernel code makes no access through gs, so its base is free to belong to the guest.
    __asm__ volatile("wrgsbase %0" : : "r"(base));
}

ExitKind enter_guest(GuestContext& context, u64 landing) {
    // SAFETY: gate.S returns the number of a stub, of Interrupt or of Preempted.
    return static_cast<ExitKind>(occlum_gate_enter(&context, landing));
}

u64 interrupt_return_address() { return address_of(occlum_gate_interrupted); }

bool is_entering_guest(u64 pc) {
    // SAFETY: the addresses of two labels, wanted as numbers.
    return pc >= reinterpret_cast<u64>(occlum_gate_entering) &&
           pc < reinterpret_cast<u64>(occlum_gate_entered);
}

u64 preempt_return_address() { return address_of(occlum_gate_preempted); }

}  // namespace occlum::sfi
