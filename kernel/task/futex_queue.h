// Who waits on which futex. Waiters sit in a table of lists, hashed by the word they wait on; each lives on
// its task's kernel stack.
#pragma once

#include "kernel/task/futex.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

/// What a word is, whichever process names it.
struct FutexKey {
    const void* object = nullptr;
    u64 offset = 0;
    bool operator==(const FutexKey&) const = default;
};
/// EINVAL: not aligned. EFAULT: a shared word that is not mapped.
Result<FutexKey> futex_key(AddressSpace& space, const FutexWord& word);

struct FutexWaiter {
    FutexWaiter(const FutexKey& word, u32 mask, Task& waiting)
        : key(word), bits(mask), priority(waiting.real_time_priority()), task(waiting) {}
    FutexKey key;
    u32 bits;
    u32 priority;  ///< as it was when the task began to wait
    Task& task;
    bool woken = false;
    bool wants_lock = false;       ///< waits to own the word
    bool owns_lock = false;        ///< woken, and does
    u32 owner = 0;                 ///< wants_lock: who holds it
    std::optional<FutexKey> lock;  ///< FUTEX_WAIT_REQUEUE_PI: where it may be moved to
    GuestAddr lock_address;        ///< as its process sees the lock
    FutexWaiter* next = nullptr;
    FutexWaiter* previous = nullptr;
};

/// By priority; among equals, who came first.
class FutexList {
public:
    void add(FutexWaiter& waiter) {
        FutexWaiter* before = last_;
        while (before && before->priority < waiter.priority) before = before->previous;
        waiter.previous = before;
        waiter.next = before ? before->next : first_;
        (before ? before->next : first_) = &waiter;
        (waiter.next ? waiter.next->previous : last_) = &waiter;
    }
    void remove(FutexWaiter& waiter) {
        (waiter.previous ? waiter.previous->next : first_) = waiter.next;
        (waiter.next ? waiter.next->previous : last_) = waiter.previous;
    }
    FutexWaiter* first() const { return first_; }

private:
    FutexWaiter* first_ = nullptr;
    FutexWaiter* last_ = nullptr;
};

inline constexpr size_t kFutexLists = 256;
FutexList& futex_list(size_t index);
FutexList& futex_list(const FutexKey& key);

/// Queued while it lives, unless a waker has taken it out.
class QueuedWaiter {
public:
    explicit QueuedWaiter(FutexWaiter& waiter) : waiter_(waiter) { futex_list(waiter.key).add(waiter); }
    ~QueuedWaiter() {
        if (!waiter_.woken) futex_list(waiter_.key).remove(waiter_);
    }
    QueuedWaiter(const QueuedWaiter&) = delete;
    QueuedWaiter& operator=(const QueuedWaiter&) = delete;

private:
    FutexWaiter& waiter_;
};

/// Takes it off its list and ends its sleep.
void wake_waiter(FutexWaiter& waiter);
void move_waiter(FutexWaiter& waiter, const FutexKey& to);

// For FUTEX_CMP_REQUEUE_PI (futex_lock.cpp).

/// Makes the waiter, which is not the owner's concern yet, the owner of a free lock. False: somebody has it.
Result<bool> give_free_lock(FutexWaiter& waiter, const FutexWord& lock, const FutexKey& key);
/// Moves the waiter to the lock, which somebody has.
Result<void> queue_for_lock(FutexWaiter& waiter, const FutexWord& lock, const FutexKey& key);
/// The owner has ended: each lock that others wait for goes to one of them.
void pass_on_locks_of(Task& dead);

}  // namespace occlum::kernel
