// What a thread that ends owes to those that share memory with it.
#include <bit>

#include "kernel/task/futex_queue.h"

namespace occlum::kernel {

namespace {

constexpr u32 kOwnerDied = 0x40000000;
constexpr u32 kWaiters = 0x80000000;
constexpr u32 kTidMask = 0x3fffffff;
/// In a link of the robust list: the lock is one that knows its owner.
constexpr u64 kKnowsOwner = 1;

template <typename T>
Result<T> read_from(AddressSpace& space, u64 address) {
    std::array<u8, sizeof(T)> bytes{};
    space.foresee({address}, sizeof(T));
    TRY(space.copy_in(bytes, GuestAddr{address}));
    return std::bit_cast<T>(bytes);
}

enum class LockState : u8 { Held, BeingTaken };

/// Marks one robust lock as left by its dead owner, and lets one waiter know.
void release_robust_lock(AddressSpace& space, u64 word, u32 tid, u64 link, LockState state) {
    const GuestAddr address{word};
    if (word % sizeof(u32) != 0) return;
    auto seen = read_from<u32>(space, word);
    if (!seen) return;
    const bool plain = (link & kKnowsOwner) == 0;
    // It may have died between unlocking and waking.
    if (state == LockState::BeingTaken && plain && (*seen & kTidMask) == 0) {
        (void)futex_wake(space, {address, FutexScope::Shared}, 1, kAnyFutexBit);
        return;
    }
    while ((*seen & kTidMask) == tid) {
        const u32 orphaned = (*seen & kWaiters) | kOwnerDied;
        const auto found = space.compare_exchange(address, *seen, orphaned);
        if (!found) return;
        if (*found == *seen) {
            if (plain && (*seen & kWaiters))
                (void)futex_wake(space, {address, FutexScope::Shared}, 1, kAnyFutexBit);
            return;
        }
        seen = *found;
    }
}

/// set_robust_list(2)'s list: a ring of links with the lock words at a fixed distance, and one lock that was
/// being taken.
void release_robust_list(Task& task, AddressSpace& space) {
    struct Head {
        u64 first;
        i64 distance;
        u64 being_taken;
    };
    const u64 start = task.robust_list.value;
    const auto head = read_from<Head>(space, start);
    if (!head) return;
    const auto word_of = [&](u64 link) { return (link & ~kKnowsOwner) + static_cast<u64>(head->distance); };
    u64 link = head->first;
    constexpr int kLongest = 2048;
    for (int i = 0; i < kLongest && (link & ~kKnowsOwner) != start; ++i) {
        const auto next = read_from<u64>(space, link & ~kKnowsOwner);
        if ((link & ~kKnowsOwner) != (head->being_taken & ~kKnowsOwner))
            release_robust_lock(space, word_of(link), task.tid, link, LockState::Held);
        if (!next) return;
        link = *next;
    }
    if (head->being_taken != 0)
        release_robust_lock(space, word_of(head->being_taken), task.tid, head->being_taken,
                            LockState::BeingTaken);
}

}  // namespace

void release_thread(Task& task) {
    pass_on_locks_of(task);
    if (!task.process().memory) return;
    AddressSpace& space = task.process().address_space();
    if (!task.robust_list.is_null()) release_robust_list(task, space);
    task.robust_list = {};
    const GuestAddr word = std::exchange(task.clear_child_tid, {});
    // Nobody else can be looking when the memory goes away with the task.
    if (word.is_null() || space.ref_count() + task.process().tasks.size() <= 2) return;
    space.foresee(word, sizeof(u32));
    if (space.copy_out(word, std::array<u8, 4>{}))
        (void)futex_wake(space, {word, FutexScope::Shared}, 1, kAnyFutexBit);
}

}  // namespace occlum::kernel
