#include "kernel/fs/file_lock.h"

#include <algorithm>

namespace occlum::kernel {
namespace {

constexpr size_t kMaxRecordLocks = 4096;  // of one inode

// Who waits for a record lock of whom, for EDEADLK.
struct Waiting {
    LockOwner waiter;
    LockOwner holder;
};
std::vector<Waiting>& waiting() {
    static std::vector<Waiting> all;
    return all;
}

// Whether `holder` waits, directly or through others, for `waiter`.
bool would_deadlock(LockOwner waiter, LockOwner holder) {
    for (size_t steps = 0; steps <= waiting().size(); ++steps) {
        auto next = std::ranges::find(waiting(), holder, &Waiting::waiter);
        if (next == waiting().end()) return false;
        holder = next->holder;
        if (holder == waiter) return true;
    }
    return false;
}

class WaitingMark {
public:
    WaitingMark(LockOwner waiter, LockOwner holder) : waiter_(waiter) {
        waiting().push_back({waiter, holder});
    }
    ~WaitingMark() {
        auto mine = std::ranges::find(waiting(), waiter_, &Waiting::waiter);
        if (mine != waiting().end()) waiting().erase(mine);
    }
    WaitingMark(const WaitingMark&) = delete;
    WaitingMark& operator=(const WaitingMark&) = delete;

private:
    LockOwner waiter_;
};

bool excludes(const RecordLock& held, const RecordLock& wanted) {
    return held.owner != wanted.owner && held.range.overlaps(wanted.range) &&
           (held.kind == LockKind::Exclusive || wanted.kind == LockKind::Exclusive);
}

}  // namespace

bool FileLocks::flock_conflicts(LockOwner owner, LockKind kind) const {
    return std::ranges::any_of(whole_, [&](const WholeLock& held) {
        return held.owner != owner && (held.kind == LockKind::Exclusive || kind == LockKind::Exclusive);
    });
}

Result<void> FileLocks::flock(LockOwner owner, LockKind kind, bool wait) {
    // A conversion gives the old lock up first (flock(2)).
    if (std::erase_if(whole_, [&](const WholeLock& held) { return held.owner == owner; }) != 0)
        changed_.wake_all();
    if (kind == LockKind::Unlock) return {};
    if (flock_conflicts(owner, kind)) {
        if (!wait) return err(Errno::Eagain);
        TRY(wait_until(changed_, [&] { return !flock_conflicts(owner, kind); }));
    }
    whole_.push_back({owner, kind});
    return {};
}

std::optional<RecordLock> FileLocks::conflicting(const RecordLock& lock) const {
    std::optional<RecordLock> first;
    for (const RecordLock& held : records_)
        if (excludes(held, lock) && (!first || held.range.first < first->range.first)) first = held;
    return first;
}

Result<void> FileLocks::set(const RecordLock& lock, bool wait) {
    if (lock.kind != LockKind::Unlock) {
        while (auto holder = conflicting(lock)) {
            if (!wait) return err(Errno::Eagain);
            if (would_deadlock(lock.owner, holder->owner)) return err(Errno::Edeadlk);
            WaitingMark mark(lock.owner, holder->owner);
            WaitEntry entry(changed_, current_task());
            TRY(block(std::nullopt));
        }
        if (records_.size() + 2 > kMaxRecordLocks) return err(Errno::Enolck);
    }
    apply(lock);
    changed_.wake_all();
    return {};
}

// Cuts the owner's locks out of the range, then adds the new one, merged with equal neighbours.
void FileLocks::apply(const RecordLock& lock) {
    std::vector<RecordLock> kept;
    RecordLock added = lock;
    for (const RecordLock& held : records_) {
        bool mine = held.owner == lock.owner;
        bool adjacent = held.range.last != ~u64{0} && held.range.last + 1 == added.range.first;
        adjacent |= added.range.last != ~u64{0} && added.range.last + 1 == held.range.first;
        if (mine && held.kind == lock.kind && (adjacent || held.range.overlaps(added.range))) {
            added.range.first = std::min(added.range.first, held.range.first);
            added.range.last = std::max(added.range.last, held.range.last);
            continue;
        }
        if (!mine || !held.range.overlaps(lock.range)) {
            kept.push_back(held);
            continue;
        }
        if (held.range.first < lock.range.first) {
            RecordLock left = held;
            left.range.last = lock.range.first - 1;
            kept.push_back(left);
        }
        if (held.range.last > lock.range.last) {
            RecordLock right = held;
            right.range.first = lock.range.last + 1;
            kept.push_back(right);
        }
    }
    if (lock.kind != LockKind::Unlock) kept.push_back(added);
    records_ = std::move(kept);
}

void FileLocks::release_owner(LockOwner owner) {
    size_t gone = std::erase_if(records_, [&](const RecordLock& held) { return held.owner == owner; });
    gone += std::erase_if(whole_, [&](const WholeLock& held) { return held.owner == owner; });
    if (gone != 0) changed_.wake_all();
}

}  // namespace occlum::kernel
