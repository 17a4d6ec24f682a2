// futex(2): sleeping on words of guest memory.
#pragma once

#include <optional>

#include "kernel/task/task.h"

namespace occlum::kernel {

/// Sleeps while the word at `address` holds `expected`, until a wake with a common bit. EAGAIN: it does not
/// hold it. ETIMEDOUT, ERESTARTSYS.
Result<u64> futex_wait(GuestAddr address, u32 expected, u32 bits, std::optional<u64> deadline_ns);
/// How many were woken.
Result<u64> futex_wake(AddressSpace& space, GuestAddr address, u32 count, u32 bits);
/// Wakes some and moves some of the rest to another word. EAGAIN: the word does not hold `expected`.
Result<u64> futex_requeue(GuestAddr from, u32 wake, GuestAddr to, u32 move, std::optional<u32> expected,
                          bool count_moved);
/// FUTEX_WAKE_OP.
Result<u64> futex_wake_operation(GuestAddr first, u32 wake_first, GuestAddr second, u32 wake_second,
                                 u32 operation);

/// What the end of a thread (or execve) owes to others: CLONE_CHILD_CLEARTID's word, the robust futexes.
void release_thread(Task& task);

}  // namespace occlum::kernel
