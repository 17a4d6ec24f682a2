// A stopped task's registers as debuggers see them.
#pragma once

#include <array>
#include <span>

#include "kernel/task/task.h"

namespace occlum::kernel {

/// struct user_regs_struct, in its order.
struct UserRegisters {
    u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, flags,
        rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};
static_assert(sizeof(UserRegisters) == 27 * 8);

UserRegisters user_registers(const Task& task);
/// EIO: a segment that cannot be.
Result<void> set_user_registers(Task& task, const UserRegisters& registers);

}  // namespace occlum::kernel
