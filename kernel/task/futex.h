// futex(2): sleeping on words of guest memory, and locks in them.
#pragma once

#include <optional>
#include <span>

#include "kernel/task/task.h"

namespace occlum::kernel {

inline constexpr u32 kAnyFutexBit = ~u32{0};

/// Whether other processes may use the word, too (no FUTEX_PRIVATE_FLAG): then it must be mapped. EFAULT.
enum class FutexScope : u8 { Private, Shared };
struct FutexWord {
    GuestAddr address;
    FutexScope scope = FutexScope::Private;
};

/// Sleeps while the word holds `expected`, until a wake with a common bit. EAGAIN: it does not hold it.
/// ETIMEDOUT, ERESTARTSYS.
Result<u64> futex_wait(FutexWord word, u32 expected, u32 bits, std::optional<u64> deadline_ns);
/// How many were woken.
Result<u64> futex_wake(AddressSpace& space, FutexWord word, u32 count, u32 bits);

struct FutexRequeue {
    FutexWord from, to;
    u32 wake = 0, move = 0;
    std::optional<u32> expected;
    bool to_lock = false;  ///< FUTEX_CMP_REQUEUE_PI
};
/// Wakes some and moves some of the rest to another word; how many together. EAGAIN: the word does not hold
/// what is expected.
Result<u64> futex_requeue(const FutexRequeue& request);
/// FUTEX_WAKE_OP.
Result<u64> futex_wake_operation(FutexWord first, u32 wake_first, FutexWord second, u32 wake_second,
                                 u32 operation);

struct FutexWaitEntry {
    FutexWord word;
    u32 expected;
};
/// futex_waitv(2): the index of the one that was woken.
Result<u64> futex_wait_many(std::span<const FutexWaitEntry> entries, std::optional<u64> deadline_ns);

// Locks whose word holds the owner's thread number. The waiter with the highest priority gets them next.
Result<u64> futex_lock(FutexWord word, std::optional<u64> deadline_ns);  ///< EDEADLK, ESRCH, ETIMEDOUT
Result<u64> futex_try_lock(FutexWord word);                              ///< EAGAIN
Result<u64> futex_unlock(FutexWord word);                                ///< EPERM
/// FUTEX_WAIT_REQUEUE_PI: sleeps on `word`, ends as the owner of `lock`.
Result<u64> futex_wait_for_lock(FutexWord word, u32 expected, std::optional<u64> deadline_ns, FutexWord lock);

/// Another policy or priority: whoever has the lock that the task waits for may get another rank by it.
void rank_changed(Task& task);

/// What the end of a thread (or execve) owes to others: CLONE_CHILD_CLEARTID's word, the robust futexes, the
/// locks that others wait for.
void release_thread(Task& task);

}  // namespace occlum::kernel
