// Waiters sit in a table of lists, hashed by the word they wait on; each waiter lives on its task's kernel
// stack.
#include "kernel/task/futex.h"

#include <array>
#include <bit>

#include "kernel/sched/scheduler.h"
#include "kernel/sched/vcpus.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

namespace {

struct Key {
    const void* object = nullptr;
    u64 offset = 0;
    bool operator==(const Key&) const = default;
};

struct Waiter {
    Waiter(Key word, u32 mask, Task& waiting) : key(word), bits(mask), task(waiting) {}
    Key key;
    u32 bits;
    Task& task;
    bool woken = false;
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
};

class WaiterList {
public:
    void append(Waiter& waiter) {
        waiter.next = nullptr;
        waiter.previous = last_;
        (last_ ? last_->next : first_) = &waiter;
        last_ = &waiter;
    }
    void remove(Waiter& waiter) {
        (waiter.previous ? waiter.previous->next : first_) = waiter.next;
        (waiter.next ? waiter.next->previous : last_) = waiter.previous;
    }
    Waiter* first() const { return first_; }

private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

constexpr size_t kBuckets = 256;

WaiterList& bucket_of(const Key& key) {
    static constinit std::array<WaiterList, kBuckets> buckets;
    const u64 mixed =
        (std::bit_cast<u64>(key.object) >> 4) * 0x9e3779b97f4a7c15u ^ (key.offset >> 2) * 0xff51afd7ed558ccdu;
    return buckets.at((mixed >> 40) % kBuckets);
}

Result<Key> key_of(AddressSpace& space, GuestAddr address) {
    if (address.value % 4 != 0) return err(Errno::Einval);
    const auto shared = space.shared_key(address);
    return Key{shared.object, shared.offset};
}

/// Queued while it lives, unless a waker has taken it out.
class Queued {
public:
    explicit Queued(Waiter& waiter) : waiter_(waiter) { bucket_of(waiter.key).append(waiter); }
    ~Queued() {
        if (!waiter_.woken) bucket_of(waiter_.key).remove(waiter_);
    }
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;

private:
    Waiter& waiter_;
};

u64 wake_waiters(const Key& key, u32 count, u32 bits) {
    u64 woken = 0;
    WaiterList& list = bucket_of(key);
    for (Waiter* waiter = list.first(); waiter && woken < count;) {
        Waiter* next = waiter->next;
        if (waiter->key == key && (waiter->bits & bits)) {
            list.remove(*waiter);
            waiter->woken = true;
            wake(waiter->task);
            ++woken;
        }
        waiter = next;
    }
    return woken;
}

u64 move_waiters(const Key& from, const Key& to, u32 count) {
    u64 moved = 0;
    WaiterList& list = bucket_of(from);
    WaiterList& target = bucket_of(to);
    for (Waiter* waiter = list.first(); waiter && moved < count;) {
        Waiter* next = waiter->next;
        if (waiter->key == from) {
            list.remove(*waiter);
            waiter->key = to;
            target.append(*waiter);
            ++moved;
        }
        waiter = next;
    }
    return moved;
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

constexpr u32 kOwnerDied = 0x40000000;
constexpr u32 kWaiters = 0x80000000;
constexpr u32 kTidMask = 0x3fffffff;
constexpr u32 kAnyBit = ~u32{0};

template <typename T>
Result<T> read_from(AddressSpace& space, GuestAddr address) {
    std::array<u8, sizeof(T)> bytes{};
    TRY(space.copy_in(bytes, address));
    return std::bit_cast<T>(bytes);
}

/// Changes a word that other threads may be changing. Its old value; the error of `change`; EFAULT.
template <typename Change>
Result<u32> change_word(AddressSpace& space, GuestAddr word, Change change) {
    constexpr int kPatience = 64;  // then the others may not change it any more
    u32 seen = TRY(read_from<u32>(space, word));
    for (int tries = 1;; ++tries) {
        if (tries == kPatience) stop_guests_of(space);
        const u32 wanted = TRY(change(seen));
        const u32 old = TRY(space.compare_exchange(word, seen, wanted));
        if (old == seen) return old;
        seen = old;
    }
}

/// Marks one robust lock as left by its dead owner.
void release_robust_lock(AddressSpace& space, GuestAddr word, u32 tid) {
    const auto old = change_word(space, word, [&](u32 value) -> Result<u32> {
        if ((value & kTidMask) != tid) return err(Errno::Eperm);
        return (value & kWaiters) | kOwnerDied;
    });
    if (old && (*old & kWaiters)) (void)futex_wake(space, word, 1, kAnyBit);
}

/// set_robust_list(2)'s list: a ring of links with the lock words at a fixed distance, and one lock that was
/// being taken.
void release_robust_list(Task& task, AddressSpace& space) {
    struct Head {
        u64 first;
        i64 distance;
        u64 being_taken;
    };
    const auto head = read_from<Head>(space, task.robust_list);
    if (!head) return;
    const auto word_of = [&](u64 link) {
        return GuestAddr{(link & ~u64{1}) + static_cast<u64>(head->distance)};
    };
    u64 link = head->first;
    constexpr int kLongest = 2048;
    for (int i = 0; i < kLongest && (link & ~u64{1}) != task.robust_list.value; ++i) {
        const auto next = read_from<u64>(space, GuestAddr{link & ~u64{1}});
        if (link != head->being_taken) release_robust_lock(space, word_of(link), task.tid);
        if (!next) return;
        link = *next;
    }
    if (head->being_taken != 0) release_robust_lock(space, word_of(head->being_taken), task.tid);
}

}  // namespace

Result<u64> futex_wait(GuestAddr address, u32 expected, u32 bits, std::optional<u64> deadline_ns) {
    if (bits == 0) return err(Errno::Einval);
    // The page is brought in first, so that the word's identity is settled.
    TRY(read_word(address));
    const Key key = TRY(key_of(current_address_space(), address));
    Waiter waiter(key, bits, current_task());
    const Queued queued(waiter);
    if (TRY(read_word(address)) != expected) return err(Errno::Eagain);
    while (!waiter.woken) {
        const auto slept = block(deadline_ns);
        if (!slept && !waiter.woken) return err(slept.error());
    }
    return 0;
}

Result<u64> futex_wake(AddressSpace& space, GuestAddr address, u32 count, u32 bits) {
    if (bits == 0) return err(Errno::Einval);
    return wake_waiters(TRY(key_of(space, address)), count, bits);
}

Result<u64> futex_requeue(GuestAddr from, u32 wake_count, GuestAddr to, u32 move_count,
                          std::optional<u32> expected, bool count_moved) {
    AddressSpace& space = current_address_space();
    const Key source = TRY(key_of(space, from));
    const Key target = TRY(key_of(space, to));
    if (expected && TRY(read_word(from)) != *expected) return err(Errno::Eagain);
    const u64 woken = wake_waiters(source, wake_count, kAnyBit);
    const u64 moved = source == target ? 0 : move_waiters(source, target, move_count);
    return count_moved ? woken + moved : woken;
}

Result<u64> futex_wake_operation(GuestAddr first, u32 wake_first, GuestAddr second, u32 wake_second,
                                 u32 operation) {
    AddressSpace& space = current_address_space();
    const Key first_key = TRY(key_of(space, first));
    const Key second_key = TRY(key_of(space, second));
    const u32 old =
        TRY(change_word(space, second, [&](u32 value) { return apply_operation(value, operation); }));
    u64 woken = wake_waiters(first_key, wake_first, kAnyBit);
    if (TRY(compare_operation(old, operation))) woken += wake_waiters(second_key, wake_second, kAnyBit);
    return woken;
}

void release_thread(Task& task) {
    if (!task.process().memory) return;
    AddressSpace& space = task.process().address_space();
    if (!task.robust_list.is_null()) release_robust_list(task, space);
    task.robust_list = {};
    const GuestAddr word = std::exchange(task.clear_child_tid, {});
    // Nobody else can be looking when the memory goes away with the task.
    if (word.is_null() || space.ref_count() + task.process().tasks.size() <= 2) return;
    if (space.copy_out(word, std::array<u8, 4>{})) (void)futex_wake(space, word, 1, kAnyBit);
}

}  // namespace occlum::kernel
