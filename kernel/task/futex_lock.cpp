// Futexes that know their owner (FUTEX_LOCK_PI and its kind). The word holds the owner's thread number, a bit
// that says that somebody waits in the kernel, and one that says that an owner ended without unlocking. The
// waiter of the highest rank gets the lock next; until then the owner runs with that rank if it is a
// real-time one, and so does whoever has the lock that the owner waits for.
#include <algorithm>
#include <bit>

#include "kernel/sched/run_queue.h"
#include "kernel/sched/scheduler.h"
#include "kernel/sched/wait_queue.h"
#include "kernel/task/futex_queue.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {

namespace {

constexpr u32 kOwnerDied = 0x40000000;
constexpr u32 kWaiters = 0x80000000;
constexpr u32 kTidMask = 0x3fffffff;
constexpr int kLongestChain = 1024;

Result<u32> read_word(AddressSpace& space, GuestAddr address) {
    std::array<u8, sizeof(u32)> bytes{};
    TRY(space.copy_in(bytes, address));
    return std::bit_cast<u32>(bytes);
}

/// The waiter for the lock that comes next; null: none.
FutexWaiter* next_owner(const FutexKey& key) {
    FutexWaiter* best = nullptr;
    for (FutexWaiter* waiter = futex_list(key).first(); waiter; waiter = waiter->next) {
        if (!waiter->wants_lock || !(waiter->key == key)) continue;
        if (!best || rank_of(waiter->task) > rank_of(best->task)) best = waiter;
    }
    return best;
}

void set_owner(const FutexKey& key, u32 owner) {
    for (FutexWaiter* waiter = futex_list(key).first(); waiter; waiter = waiter->next)
        if (waiter->wants_lock && waiter->key == key) waiter->owner = owner;
}

/// The best real-time rank among those who wait for locks of `owner`; 0: there is none.
Rank rank_owed_to(u32 owner) {
    Rank best = 0;
    for (size_t index = 0; index < kFutexLists; ++index)
        for (const FutexWaiter* waiter = futex_list(index).first(); waiter; waiter = waiter->next)
            if (waiter->wants_lock && waiter->owner == owner) best = std::max(best, rank_of(waiter->task));
    return best > kFairRank ? best : 0;
}

/// Who waits for the owner's locks has changed: `by` began or ended to. Along the chain of who waits for
/// whom.
void adjust_owner(u32 owner, Rank by) {
    for (int i = 0; i < kLongestChain; ++i) {
        const RefPtr<Task> task = pid_table().task(owner);
        if (!task || (by <= kFairRank && task->lent_rank == 0)) return;
        const Rank before = rank_of(*task);
        lend_rank(*task, rank_owed_to(owner));
        if (rank_of(*task) == before || !task->waiting_for_lock) return;
        by = std::max(before, rank_of(*task));
        owner = task->waiting_for_lock->owner;
    }
}

/// The lock is the waiter's; the word says so already.
void hand_over(FutexWaiter& waiter) {
    waiter.owns_lock = true;
    const FutexKey key = waiter.key;
    const u32 before = waiter.owner;
    const Rank rank = rank_of(waiter.task);
    wake_waiter(waiter);
    set_owner(key, waiter.task.tid);
    adjust_owner(before, rank);
    if (const FutexWaiter* next = next_owner(key)) adjust_owner(waiter.task.tid, rank_of(next->task));
}

/// Takes the word for `tid` if nobody owns it. The owner's word is answered otherwise.
Result<std::optional<u32>> try_take(AddressSpace& space, GuestAddr address, const FutexKey& key, u32 tid) {
    u32 seen = TRY(read_word(space, address));
    for (;;) {
        if ((seen & kTidMask) == tid) return err(Errno::Edeadlk);
        if ((seen & kTidMask) != 0) return std::optional<u32>(seen);
        const u32 wanted = tid | (seen & kOwnerDied) | (next_owner(key) ? kWaiters : 0);
        const u32 found = TRY(space.compare_exchange(address, seen, wanted));
        if (found == seen) {
            set_owner(key, tid);
            if (const FutexWaiter* next = next_owner(key)) adjust_owner(tid, rank_of(next->task));
            return std::optional<u32>();
        }
        seen = found;
    }
}

/// Sets the bit that makes the owner unlock by system call. Nothing when the word has changed.
Result<bool> announce_waiter(AddressSpace& space, GuestAddr address, u32 seen) {
    if (seen & kWaiters) return true;
    return TRY(space.compare_exchange(address, seen, seen | kWaiters)) == seen;
}

/// ESRCH: the word's owner is no thread.
Result<void> check_owner(u32 owner) {
    if (!pid_table().task(owner)) return err(Errno::Esrch);
    return {};
}

/// Whether waiting for `owner` would close a circle.
bool would_deadlock(u32 owner, const Task& self) {
    for (int i = 0; i < kLongestChain; ++i) {
        if (owner == self.tid) return true;
        const auto task = pid_table().task(owner);
        // One that was handed the lock, and has not run since, does not wait any more.
        if (!task || !task->waiting_for_lock || task->waiting_for_lock->woken) return false;
        owner = task->waiting_for_lock->owner;
    }
    return true;
}

class WaitingForLock {
public:
    explicit WaitingForLock(FutexWaiter& waiter) : task_(waiter.task) {
        task_.waiting_for_lock = &waiter;
        if (waiter.wants_lock) adjust_owner(waiter.owner, rank_of(task_));
    }
    ~WaitingForLock() { task_.waiting_for_lock = nullptr; }
    WaitingForLock(const WaitingForLock&) = delete;
    WaitingForLock& operator=(const WaitingForLock&) = delete;

private:
    Task& task_;
};

/// Ends after the waiter has left its queue: the owner does not owe it anything any more.
class RankLoan {
public:
    explicit RankLoan(const FutexWaiter& waiter) : waiter_(waiter) {}
    ~RankLoan() {
        if (waiter_.wants_lock && !waiter_.owns_lock) adjust_owner(waiter_.owner, rank_of(waiter_.task));
    }
    RankLoan(const RankLoan&) = delete;
    RankLoan& operator=(const RankLoan&) = delete;

private:
    const FutexWaiter& waiter_;
};

/// Sleeps until the lock is handed over.
Result<void> sleep_for_lock(FutexWaiter& waiter, std::optional<u64> deadline_ns) {
    const WaitingForLock waiting(waiter);
    while (!waiter.woken) {
        const auto slept = block(deadline_ns);
        if (!slept && !waiter.woken) return err(slept.error());
    }
    return {};
}

}  // namespace

Result<u64> futex_lock(FutexWord word, std::optional<u64> deadline_ns) {
    Task& task = current_task();
    AddressSpace& space = current_address_space();
    const FutexKey key = TRY(futex_key(space, word));
    for (;;) {
        const auto held = TRY(try_take(space, word.address, key, task.tid));
        if (!held) return 0;
        const u32 owner = *held & kTidMask;
        TRY(check_owner(owner));
        if (would_deadlock(owner, task)) return err(Errno::Edeadlk);
        if (!TRY(announce_waiter(space, word.address, *held))) continue;
        FutexWaiter waiter(key, kAnyFutexBit, task);
        waiter.wants_lock = true;
        waiter.owner = owner;
        waiter.lock_address = word.address;
        const RankLoan loan(waiter);
        const QueuedWaiter queued(waiter);
        const auto slept = sleep_for_lock(waiter, deadline_ns);
        if (slept) return 0;
        // Handlers run without the program noticing: the call goes on.
        return err(slept.error() == Errno::Erestartsys ? Errno::Erestartnointr : slept.error());
    }
}

Result<u64> futex_try_lock(FutexWord word) {
    AddressSpace& space = current_address_space();
    const FutexKey key = TRY(futex_key(space, word));
    const auto held = TRY(try_take(space, word.address, key, current_task().tid));
    if (!held) return 0;
    TRY(check_owner(*held & kTidMask));
    return err(Errno::Eagain);
}

Result<u64> futex_unlock(FutexWord word) {
    AddressSpace& space = current_address_space();
    const FutexKey key = TRY(futex_key(space, word));
    u32 seen = TRY(read_word(space, word.address));
    for (;;) {
        if ((seen & kTidMask) != current_task().tid) return err(Errno::Eperm);
        FutexWaiter* next = next_owner(key);
        const u32 wanted = next ? next->task.tid | kWaiters : 0;
        const u32 found = TRY(space.compare_exchange(word.address, seen, wanted));
        if (found == seen) {
            if (next) hand_over(*next);
            return 0;
        }
        seen = found;
    }
}

Result<u64> futex_wait_for_lock(FutexWord word, u32 expected, std::optional<u64> deadline_ns,
                                FutexWord lock) {
    AddressSpace& space = current_address_space();
    const FutexKey key = TRY(futex_key(space, word));
    const FutexKey lock_key = TRY(futex_key(space, lock));
    if (key == lock_key) return err(Errno::Einval);
    FutexWaiter waiter(key, kAnyFutexBit, current_task());
    waiter.lock = lock_key;
    waiter.lock_address = lock.address;
    const RankLoan loan(waiter);
    const QueuedWaiter queued(waiter);
    if (TRY(read_word(space, word.address)) != expected) return err(Errno::Eagain);
    const auto slept = sleep_for_lock(waiter, deadline_ns);
    if (slept) return 0;
    if (slept.error() != Errno::Erestartsys) return err(slept.error());
    // Once it waits for the lock, the word has done its part and must not be waited for again.
    return err(waiter.wants_lock ? Errno::Eagain : Errno::Erestartnointr);
}

Result<bool> give_free_lock(FutexWaiter& waiter, const FutexWord& lock, const FutexKey& key) {
    const auto held = TRY(try_take(current_address_space(), lock.address, key, waiter.task.tid));
    if (held) return false;
    waiter.owns_lock = true;
    wake_waiter(waiter);
    return true;
}

Result<void> queue_for_lock(FutexWaiter& waiter, const FutexWord& lock, const FutexKey& key) {
    AddressSpace& space = current_address_space();
    for (;;) {
        const u32 seen = TRY(read_word(space, lock.address));
        const u32 owner = seen & kTidMask;
        if (owner == 0) {
            if (TRY(give_free_lock(waiter, lock, key))) return {};
            continue;
        }
        TRY(check_owner(owner));
        if (owner == waiter.task.tid || would_deadlock(owner, waiter.task)) return err(Errno::Edeadlk);
        if (!TRY(announce_waiter(space, lock.address, seen))) continue;
        waiter.wants_lock = true;
        waiter.owner = owner;
        waiter.lock.reset();
        move_waiter(waiter, key);
        adjust_owner(owner, rank_of(waiter.task));
        return {};
    }
}

void rank_changed(Task& task) {
    // What it had before is not known here.
    constexpr Rank kAny = ~Rank{0};
    if (task.waiting_for_lock && task.waiting_for_lock->wants_lock)
        adjust_owner(task.waiting_for_lock->owner, kAny);
}

void pass_on_locks_of(Task& dead) {
    for (size_t index = 0; index < kFutexLists; ++index) {
        for (FutexWaiter* waiter = futex_list(index).first(); waiter;) {
            FutexWaiter* next = waiter->next;
            if (waiter->wants_lock && waiter->owner == dead.tid) {
                FutexWaiter* heir = next_owner(waiter->key);
                AddressSpace& space = heir->task.process().address_space();
                const u32 word = heir->task.tid | kWaiters | kOwnerDied;
                (void)space.copy_out(heir->lock_address, std::bit_cast<std::array<u8, 4>>(word));
                hand_over(*heir);
                // Lists have changed: from the start of this one.
                next = futex_list(index).first();
            }
            waiter = next;
        }
    }
}

}  // namespace occlum::kernel
