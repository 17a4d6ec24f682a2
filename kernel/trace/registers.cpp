#include "kernel/trace/registers.h"

namespace occlum::kernel {
namespace {

constexpr u64 kCodeSegment = 0x33, kStackSegment = 0x2b;
// What a debugger may set: arithmetic flags, DF, TF is the kernel's.
constexpr u64 kSettableFlags = 0x0000'0cd5;

}  // namespace

UserRegisters user_registers(const Task& task) {
    const auto& gpr = task.context.gpr;
    const u64 call = task.in_system_call || (task.trace && task.inside_call) ? task.call_number : ~u64{0};
    return {.r15 = gpr[sfi::R15],
            .r14 = gpr[sfi::R14],
            .r13 = gpr[sfi::R13],
            .r12 = gpr[sfi::R12],
            .rbp = gpr[sfi::RBP],
            .rbx = gpr[sfi::RBX],
            .r11 = gpr[sfi::R11],
            .r10 = gpr[sfi::R10],
            .r9 = gpr[sfi::R9],
            .r8 = gpr[sfi::R8],
            .rax = gpr[sfi::RAX],
            .rcx = gpr[sfi::RCX],
            .rdx = gpr[sfi::RDX],
            .rsi = gpr[sfi::RSI],
            .rdi = gpr[sfi::RDI],
            .orig_rax = call,
            .rip = task.context.rip,
            .cs = kCodeSegment,
            .flags = task.context.rflags,
            .rsp = gpr[sfi::RSP],
            .ss = kStackSegment,
            .fs_base = task.guest_fs,
            .gs_base = task.guest_gs,
            .ds = 0,
            .es = 0,
            .fs = 0,
            .gs = 0};
}

Result<void> set_user_registers(Task& task, const UserRegisters& from) {
    if ((from.cs & 3) != 3 || (from.ss & 3) != 3) return err(Errno::Eio);
    auto& gpr = task.context.gpr;
    gpr[sfi::R15] = from.r15;
    gpr[sfi::R14] = from.r14;
    gpr[sfi::R13] = from.r13;
    gpr[sfi::R12] = from.r12;
    gpr[sfi::RBP] = from.rbp;
    gpr[sfi::RBX] = from.rbx;
    gpr[sfi::R11] = from.r11;
    gpr[sfi::R10] = from.r10;
    gpr[sfi::R9] = from.r9;
    gpr[sfi::R8] = from.r8;
    gpr[sfi::RAX] = from.rax;
    gpr[sfi::RCX] = from.rcx;
    gpr[sfi::RDX] = from.rdx;
    gpr[sfi::RSI] = from.rsi;
    gpr[sfi::RDI] = from.rdi;
    // Another number is another call, at its entry; -1 says that none is to be repeated.
    task.call_number = from.orig_rax;
    if (static_cast<i32>(static_cast<u32>(from.orig_rax)) < 0) task.in_system_call = false;
    task.context.rip = from.rip;
    task.context.rflags = (task.context.rflags & ~kSettableFlags) | (from.flags & kSettableFlags);
    gpr[sfi::RSP] = from.rsp;
    task.guest_fs = from.fs_base;
    task.guest_gs = from.gs_base;
    return {};
}

}  // namespace occlum::kernel
