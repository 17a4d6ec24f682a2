// System V semaphores (semop(2)).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "kernel/ipc/sysv.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

/// struct sembuf.
struct SemaphoreOperation {
    u16 number;
    i16 change;
    u16 flags;
};
inline constexpr u16 kSemaphoreUndo = 010000;

class SemaphoreSet final : public IpcObject {
public:
    static constexpr size_t kMostInSet = 32000, kMostOperations = 500;
    static constexpr i32 kMostValue = 32767;

    struct Semaphore {
        i32 value = 0;
        u32 pid = 0;
    };
    SemaphoreSet(i32 its_key, u32 flags, const Credentials& creator, size_t count)
        : IpcObject(its_key, flags, creator), semaphores(count) {}

    std::vector<Semaphore> semaphores;
    u64 operated_s = 0, changed_s = 0;

    /// All or nothing. EAGAIN (also: the deadline), EFBIG, ERANGE, EIDRM, EINTR.
    Result<void> operate(std::span<const SemaphoreOperation> operations, std::optional<u64> deadline_ns);
    /// To be called after `semaphores` was changed from outside: completes what can be completed now.
    void values_changed();
    /// How many wait for the semaphore to become zero, or to grow.
    u32 waiting(u16 number, bool for_zero) const;
    /// SETVAL, SETALL: what processes would undo is forgotten.
    void forget_undo(std::optional<u16> number);
    void remove();

private:
    struct Waiter {
        std::span<const SemaphoreOperation> operations;
        u32 pid;
        SemaphoreOperation blocked;
        std::optional<Result<void>> outcome;
    };
    /// The first operation that cannot be done now; none: all are done. ERANGE.
    Result<std::optional<SemaphoreOperation>> try_operate(std::span<const SemaphoreOperation> operations,
                                                          u32 pid);

    std::vector<Waiter*> waiters_;  // on their tasks' stacks, the longest waiting first
    WaitQueue changed_;
};

IpcTable<SemaphoreSet>& semaphore_sets();
/// What a process would undo, as a thing to compare; null: it never asked for that.
const void* semaphore_undo_list(u32 pid);
/// The process ends: what its SEM_UNDO operations changed is changed back.
void undo_semaphores(u32 pid);

}  // namespace occlum::kernel
