// Declarations of every system call that calls.inc lists as FULL or PARTIAL.
#pragma once

#include "kernel/syscall/table.h"

namespace occlum::kernel {

#define FULL(number, name, arguments) Result<u64> sys_##name(const SyscallArgs& args);
#define PARTIAL(number, name, arguments, missing) Result<u64> sys_##name(const SyscallArgs& args);
#define ABSENT(number, name, arguments, reason)
#include "kernel/syscall/calls.inc"
#undef FULL
#undef PARTIAL
#undef ABSENT

// Decoding of arguments: registers hold 64 bits, C types take their low part.
constexpr i32 as_int(u64 argument) { return static_cast<i32>(static_cast<u32>(argument)); }
constexpr u32 as_u32(u64 argument) { return static_cast<u32>(argument); }
constexpr i64 as_i64(u64 argument) { return static_cast<i64>(argument); }

}  // namespace occlum::kernel
