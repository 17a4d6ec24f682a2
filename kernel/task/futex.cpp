#include "kernel/task/futex.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpus.h"
#include "kernel/sched/wait_queue.h"
#include "kernel/task/futex_queue.h"

namespace occlum::kernel {

namespace {

/// How many were woken. EINVAL: some wait for a lock, which only its owner's unlocking gives.
Result<u64> wake_waiters(const FutexKey& key, u32 count, u32 bits) {
    u64 woken = 0;
    for (FutexWaiter* waiter = futex_list(key).first(); waiter && woken < count;) {
        FutexWaiter* next = waiter->next;
        if (waiter->key == key) {
            if (waiter->wants_lock || waiter->lock) return err(Errno::Einval);
            if (waiter->bits & bits) {
                wake_waiter(*waiter);
                ++woken;
            }
        }
        waiter = next;
    }
    return woken;
}

Result<u32> read_word(GuestAddr address) { return read_user(UserIn<u32>{address}); }

/// The arithmetic half of FUTEX_WAKE_OP's operand.
Result<u32> apply_operation(u32 old, u32 operation) {
    u32 argument = (operation >> 12) & 0xfff;
    if (operation & (u32{8} << 28)) argument = u32{1} << (argument & 31);
    switch ((operation >> 28) & 7) {
        case 0:
            return argument;
        case 1:
            return old + argument;
        case 2:
            return old | argument;
        case 3:
            return old & ~argument;
        case 4:
            return old ^ argument;
        default:
            return err(Errno::Enosys);
    }
}

/// The comparing half.
Result<bool> compare_operation(u32 old, u32 operation) {
    const i32 value = static_cast<i32>(old);
    i32 argument = static_cast<i32>(operation & 0xfff);
    if (argument & 0x800) argument -= 0x1000;
    switch ((operation >> 24) & 0xf) {
        case 0:
            return value == argument;
        case 1:
            return value != argument;
        case 2:
            return value < argument;
        case 3:
            return value <= argument;
        case 4:
            return value > argument;
        case 5:
            return value >= argument;
        default:
            return err(Errno::Enosys);
    }
}

/// Changes a word that other threads may be changing; its old value.
Result<u32> change_word(AddressSpace& space, GuestAddr address, u32 operation) {
    constexpr int kPatience = 64;  // then the others may not change it any more
    u32 seen = TRY(read_word(address));
    for (int tries = 1;; ++tries) {
        if (tries == kPatience) stop_guests_of(space);
        const u32 found = TRY(space.compare_exchange(address, seen, TRY(apply_operation(seen, operation))));
        if (found == seen) return seen;
        seen = found;
    }
}

}  // namespace

FutexList& futex_list(size_t index) {
    static constinit std::array<FutexList, kFutexLists> lists;
    return lists.at(index);
}

FutexList& futex_list(const FutexKey& key) {
    const u64 mixed =
        (std::bit_cast<u64>(key.object) >> 4) * 0x9e3779b97f4a7c15u ^ (key.offset >> 2) * 0xff51afd7ed558ccdu;
    return futex_list(static_cast<size_t>((mixed >> 40) % kFutexLists));
}

Result<FutexKey> futex_key(AddressSpace& space, const FutexWord& word) {
    if (word.address.value % sizeof(u32) != 0) return err(Errno::Einval);
    if (word.address.value > sfi::kDomainSize - sizeof(u32)) return err(Errno::Efault);
    // The page is brought in first, so that the word's identity is settled.
    if (word.scope == FutexScope::Shared) {
        std::array<u8, sizeof(u32)> bytes{};
        TRY(space.copy_in(bytes, word.address));
    }
    const auto shared = space.shared_key(word.address);
    return FutexKey{shared.object, shared.offset};
}

void wake_waiter(FutexWaiter& waiter) {
    futex_list(waiter.key).remove(waiter);
    waiter.woken = true;
    wake(waiter.task);
}

void move_waiter(FutexWaiter& waiter, const FutexKey& to) {
    futex_list(waiter.key).remove(waiter);
    waiter.key = to;
    futex_list(to).add(waiter);
}

Result<u64> futex_wait(FutexWord word, u32 expected, u32 bits, std::optional<u64> deadline_ns) {
    if (bits == 0) return err(Errno::Einval);
    const FutexKey key = TRY(futex_key(current_address_space(), word));
    FutexWaiter waiter(key, bits, current_task());
    const QueuedWaiter queued(waiter);
    if (TRY(read_word(word.address)) != expected) return err(Errno::Eagain);
    while (!waiter.woken) {
        const auto slept = block(deadline_ns);
        if (!slept && !waiter.woken) return err(slept.error());
    }
    return 0;
}

Result<u64> futex_wake(AddressSpace& space, FutexWord word, u32 count, u32 bits) {
    if (bits == 0) return err(Errno::Einval);
    return wake_waiters(TRY(futex_key(space, word)), count, bits);
}

Result<u64> futex_requeue(const FutexRequeue& request) {
    AddressSpace& space = current_address_space();
    const FutexKey source = TRY(futex_key(space, request.from));
    const FutexKey target = TRY(futex_key(space, request.to));
    if (request.to_lock && source == target) return err(Errno::Einval);
    if (request.expected && TRY(read_word(request.from.address)) != *request.expected)
        return err(Errno::Eagain);
    u64 woken = 0, moved = 0;
    for (FutexWaiter* waiter = futex_list(source).first(); waiter;) {
        FutexWaiter* next = waiter->next;
        if (moved >= request.move && woken >= request.wake) break;
        if (waiter->key == source) {
            if (waiter->wants_lock || waiter->lock.has_value() != request.to_lock) return err(Errno::Einval);
            if (request.to_lock && waiter->lock != target) return err(Errno::Einval);
            if (woken < request.wake &&
                (!request.to_lock || TRY(give_free_lock(*waiter, request.to, target)))) {
                if (!request.to_lock) wake_waiter(*waiter);
                ++woken;
            } else if (request.to_lock) {
                TRY(queue_for_lock(*waiter, request.to, target));
                ++moved;
            } else {
                if (moved >= request.move) break;
                // On the same word there is nothing to move, but it counts.
                if (!(source == target)) move_waiter(*waiter, target);
                ++moved;
            }
        }
        waiter = next;
    }
    return woken + moved;
}

Result<u64> futex_wake_operation(FutexWord first, u32 wake_first, FutexWord second, u32 wake_second,
                                 u32 operation) {
    AddressSpace& space = current_address_space();
    const FutexKey first_key = TRY(futex_key(space, first));
    const FutexKey second_key = TRY(futex_key(space, second));
    const u32 old = TRY(change_word(space, second.address, operation));
    u64 woken = TRY(wake_waiters(first_key, wake_first, kAnyFutexBit));
    if (TRY(compare_operation(old, operation)))
        woken += TRY(wake_waiters(second_key, wake_second, kAnyFutexBit));
    return woken;
}

Result<u64> futex_wait_many(std::span<const FutexWaitEntry> entries, std::optional<u64> deadline_ns) {
    struct Registered {
        Registered(const FutexKey& key, Task& task) : waiter(key, kAnyFutexBit, task), queued(waiter) {}
        FutexWaiter waiter;
        QueuedWaiter queued;
    };
    std::vector<std::unique_ptr<Registered>> registered;
    for (const FutexWaitEntry& entry : entries)
        registered.push_back(std::make_unique<Registered>(TRY(futex_key(current_address_space(), entry.word)),
                                                          current_task()));
    for (const FutexWaitEntry& entry : entries)
        if (TRY(read_word(entry.word.address)) != entry.expected) return err(Errno::Eagain);
    for (;;) {
        const auto slept = block(deadline_ns);
        const auto found =
            std::ranges::find_if(registered, [](const auto& each) { return each->waiter.woken; });
        if (found != registered.end()) return static_cast<u64>(found - registered.begin());
        if (!slept) return err(slept.error());
    }
}

}  // namespace occlum::kernel
