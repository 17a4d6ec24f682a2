#include "kernel/ipc/semaphores.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

// By process, set, number: what is to be added at its end.
using UndoOfProcess = std::map<std::pair<int, u16>, i32>;
std::map<u32, UndoOfProcess>& undo_lists() {
    [[clang::no_destroy]] static std::map<u32, UndoOfProcess> all;
    return all;
}

u64 now_s() { return enclave::realtime_ns() / 1'000'000'000; }

}  // namespace

IpcTable<SemaphoreSet>& semaphore_sets() {
    [[clang::no_destroy]] static IpcTable<SemaphoreSet> all(Setting::SemaphoreLimits, 3);
    return all;
}

Result<std::optional<SemaphoreOperation>> SemaphoreSet::try_operate(
    std::span<const SemaphoreOperation> operations, u32 pid) {
    std::vector<Semaphore> next = semaphores;
    for (const SemaphoreOperation& operation : operations) {
        i32& value = next[operation.number].value;
        bool blocked = operation.change == 0 ? value != 0 : value + operation.change < 0;
        if (blocked) return std::optional(operation);
        if (value + operation.change > kMostValue) return err(Errno::Erange);
        value += operation.change;
        next[operation.number].pid = pid;
    }
    semaphores = std::move(next);
    for (const SemaphoreOperation& operation : operations)
        if ((operation.flags & kSemaphoreUndo) != 0)
            undo_lists()[pid][{id, operation.number}] -= operation.change;
    operated_s = now_s();
    return std::optional<SemaphoreOperation>();
}

Result<void> SemaphoreSet::operate(std::span<const SemaphoreOperation> operations,
                                   std::optional<u64> deadline_ns) {
    for (const SemaphoreOperation& operation : operations)
        if (operation.number >= semaphores.size()) return err(Errno::Efbig);
    const u32 pid = current_process().pid;
    std::optional<SemaphoreOperation> blocked = TRY(try_operate(operations, pid));
    if (!blocked) {
        values_changed();
        return {};
    }
    if ((blocked->flags & kIpcNoWait) != 0) return err(Errno::Eagain);
    Waiter waiter{operations, pid, *blocked, std::nullopt};
    waiters_.push_back(&waiter);
    Result<void> waited = wait_until(changed_, [&] { return waiter.outcome.has_value(); }, deadline_ns);
    if (waiter.outcome) return *waiter.outcome;
    std::erase(waiters_, &waiter);
    // Never restarted (signal(7)).
    return err(waited.error() == Errno::Etimedout ? Errno::Eagain : Errno::Eintr);
}

// The one that changes the values does what others wait for, in the order of their coming. Were it left to
// them, who removes the set or takes again what he gave could be faster.
void SemaphoreSet::values_changed() {
    for (size_t i = 0; i < waiters_.size();) {
        Waiter& waiter = *waiters_[i];
        auto blocked = try_operate(waiter.operations, waiter.pid);
        if (blocked && *blocked) {
            waiter.blocked = **blocked;
            ++i;
            continue;
        }
        waiter.outcome = blocked ? Result<void>() : err(blocked.error());
        waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
        i = 0;
    }
    changed_.wake_all();
}

u32 SemaphoreSet::waiting(u16 number, bool for_zero) const {
    return static_cast<u32>(std::ranges::count_if(waiters_, [&](const Waiter* waiter) {
        return waiter->blocked.number == number && (waiter->blocked.change == 0) == for_zero;
    }));
}

void SemaphoreSet::forget_undo(std::optional<u16> number) {
    for (auto& [pid, undo] : undo_lists())
        std::erase_if(undo, [&](const auto& entry) {
            return entry.first.first == id && (!number || entry.first.second == *number);
        });
}

void SemaphoreSet::remove() {
    forget_undo(std::nullopt);
    removed = true;
    semaphore_sets().erase(id);
    for (Waiter* waiter : waiters_) waiter->outcome = err(Errno::Eidrm);
    waiters_.clear();
    changed_.wake_all();
}

const void* semaphore_undo_list(u32 pid) {
    const auto found = undo_lists().find(pid);
    return found == undo_lists().end() ? nullptr : &found->second;
}

void undo_semaphores(u32 pid) {
    auto found = undo_lists().find(pid);
    if (found == undo_lists().end()) return;
    for (const auto& [place, change] : found->second) {
        Result<Ref<SemaphoreSet>> set = semaphore_sets().find(place.first);
        if (!set || place.second >= (*set)->semaphores.size()) continue;
        SemaphoreSet::Semaphore& semaphore = (*set)->semaphores[place.second];
        semaphore.value = std::clamp(semaphore.value + change, 0, SemaphoreSet::kMostValue);
        semaphore.pid = pid;
        (*set)->operated_s = now_s();
        (*set)->values_changed();
    }
    undo_lists().erase(found);
}

}  // namespace occlum::kernel
