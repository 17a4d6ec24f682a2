// The system-call table's types. The table itself is calls.inc: number, name, handler, state.
#pragma once

#include <array>
#include <span>

#include "base/result.h"

namespace occlum::kernel {

/// The six argument registers: rdi, rsi, rdx, r10, r8, r9.
using SyscallArgs = std::array<u64, 6>;
using SyscallHandler = Result<u64> (*)(const SyscallArgs&);

enum class Support : u8 { Full, Partial, Absent };

struct SyscallEntry {
    u16 number = 0;
    const char* name = "";
    SyscallHandler handler = nullptr;
    Support support = Support::Absent;
    const char* missing = "";    ///< what a Partial lacks, or why an Absent is ENOSYS
    const char* arguments = "";  ///< a letter for each (calls.inc)
    u8 pointers = 0;             ///< a bit for each that the call reads or writes through
    u8 sized = 0;                ///< of these, those followed by their size
};

std::span<const SyscallEntry> syscall_table();  ///< ascending numbers
const SyscallEntry* find_syscall(u64 number);

}  // namespace occlum::kernel
