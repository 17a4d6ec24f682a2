#include "kernel/ipc/semaphores.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr size_t kMostSets = 32000;

// By process, set, number: what is to be added at its end.
using UndoOfProcess = std::map<std::pair<int, u16>, i32>;
std::map<u32, UndoOfProcess>& undo_lists() {
    [[clang::no_destroy]] static std::map<u32, UndoOfProcess> all;
    return all;
}

u64 now_s() { return enclave::realtime_ns() / 1'000'000'000; }

}  // namespace

IpcTable<SemaphoreSet>& semaphore_sets() {
    [[clang::no_destroy]] static IpcTable<SemaphoreSet> all(kMostSets);
    return all;
}

Result<std::optional<SemaphoreOperation>> SemaphoreSet::try_operate(
    std::span<const SemaphoreOperation> operations) {
    std::vector<Semaphore> next = semaphores;
    for (const SemaphoreOperation& operation : operations) {
        i32& value = next[operation.number].value;
        bool blocked = operation.change == 0 ? value != 0 : value + operation.change < 0;
        if (blocked) return std::optional(operation);
        if (value + operation.change > kMostValue) return err(Errno::Erange);
        value += operation.change;
        next[operation.number].pid = current_process().pid;
    }
    semaphores = std::move(next);
    for (const SemaphoreOperation& operation : operations)
        if ((operation.flags & kSemaphoreUndo) != 0)
            undo_lists()[current_process().pid][{id, operation.number}] -= operation.change;
    operated_s = now_s();
    changed.wake_all();
    return std::optional<SemaphoreOperation>();
}

Result<void> SemaphoreSet::operate(std::span<const SemaphoreOperation> operations,
                                   std::optional<u64> deadline_ns) {
    for (const SemaphoreOperation& operation : operations)
        if (operation.number >= semaphores.size()) return err(Errno::Efbig);
    WaitEntry waiting(changed, current_task());
    for (;;) {
        std::optional<SemaphoreOperation> blocked = TRY(try_operate(operations));
        if (!blocked) return {};
        if ((blocked->flags & kIpcNoWait) != 0) return err(Errno::Eagain);
        auto counter = [&]() -> u32& {
            Semaphore& semaphore = semaphores[blocked->number];
            return blocked->change == 0 ? semaphore.waiting_zero : semaphore.waiting_more;
        };
        ++counter();
        Result<void> slept = block(deadline_ns);
        --counter();
        if (removed) return err(kErrorRemoved);
        if (slept) continue;
        // Never restarted (signal(7)).
        return err(slept.error() == Errno::Etimedout ? Errno::Eagain : Errno::Eintr);
    }
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
    changed.wake_all();
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
        (*set)->changed.wake_all();
    }
    undo_lists().erase(found);
}

}  // namespace occlum::kernel
