#include "kernel/syscall/dispatch.h"

#include <bit>

#include "kernel/profile/counters.h"
#include "kernel/syscall/trace.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

u64 encode(const Result<u64>& result) {
    return result ? *result : static_cast<u64>(-static_cast<i64>(result.error()));
}

Result<u64> call(const SyscallEntry* entry, const SyscallArgs& args) {
    if (!entry || !entry->handler) return err(Errno::Enosys);
    return entry->handler(args);
}

Result<u64> traced_call(Task& task, u64 number, const SyscallEntry* entry, const SyscallArgs& args) {
    const std::string text = describe_call(number, entry, args);
    const Result<u64> result = call(entry, args);
    trace_result(task, text, entry, result);
    return result;
}

/// What the kernel's own copies would have to wait for, files' pages in memory that was not touched yet, is
/// brought near first.
void foresee_arguments(Task& task, const SyscallEntry& entry, const SyscallArgs& args) {
    constexpr u64 kStringLikely = 256;
    AddressSpace& memory = task.process().address_space();
    for (u32 left = entry.pointers; left != 0; left &= left - 1) {
        const u32 i = static_cast<u32>(std::countr_zero(left));
        const bool sized = (entry.sized >> i & 1) != 0;
        if (args[i] != 0) memory.foresee({args[i]}, sized ? args[i + 1] : kStringLikely);
    }
}

void leave_traced_call(Task& task) {
    if (task.trace) trace_call_exit(task);
    task.inside_call = false;
}

}  // namespace

bool is_brief_call(u64 number) {
    // rt_sigprocmask, getpid, gettimeofday, getuid, getgid, geteuid, getegid, getppid, getpgrp, gettid, time,
    // clock_gettime, getcpu.
    static constexpr auto kBrief =
        std::to_array<u16>({14, 39, 96, 102, 104, 107, 108, 110, 111, 186, 201, 228, 309});
    static constexpr auto kIsBrief = [] {
        std::array<bool, kBrief.back() + 1> brief{};
        for (const u16 call : kBrief) brief[call] = true;
        return brief;
    }();
    return number < kIsBrief.size() && kIsBrief[number];
}

void handle_system_call(Task& task) {
    auto& gpr = task.context.gpr;
    // The instruction leaves its own traces in rcx and r11.
    gpr[sfi::RCX] = task.context.rip;
    gpr[sfi::R11] = task.context.rflags;
    task.call_number = static_cast<u32>(gpr[sfi::RAX]);
    if (task.trace) {
        task.inside_call = true;
        if (!trace_call_entry(task)) {
            leave_traced_call(task);
            return;
        }
    }
    if (task.seccomp_mode != SeccompMode::None && !seccomp_allows(task)) {
        if (task.inside_call) leave_traced_call(task);
        return;
    }
    const u64 number = static_cast<u32>(task.call_number);
    const SyscallArgs args{gpr[sfi::RDI], gpr[sfi::RSI], gpr[sfi::RDX],
                           gpr[sfi::R10], gpr[sfi::R8],  gpr[sfi::R9]};
    profile::note_call(number);
    const SyscallEntry* entry = find_syscall(number);
    if (entry && entry->pointers != 0) foresee_arguments(task, *entry, args);
    const Result<u64> result = tracing() ? traced_call(task, number, entry, args) : call(entry, args);
    gpr[sfi::RAX] = encode(result);
    if (!result && result.error() >= Errno::Erestartsys) task.in_system_call = true;
    if (task.inside_call) leave_traced_call(task);
}

}  // namespace occlum::kernel
