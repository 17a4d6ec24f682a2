// Whose turn it is to change something that is kept at the host. A task that has it may leave the kernel lock
// for the host's answer (long_call.h) and finds things as they were; others who want a turn sleep until it is
// over. All under the kernel lock. Tasks take turns, one inside another if need be; while the LibOS starts
// and ends there are none, and nobody to wait for.
#pragma once

#include <utility>

#include "base/types.h"
#include "kernel/sched/long_call.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

class Turn {
public:
    void take();
    /// False: it is somebody else's. Never sleeps.
    bool try_take();
    void leave();
    /// Whether the current task has it.
    bool mine() const;
    /// The result of `call`, without the kernel lock when that may be.
    template <typename Call>
    auto at_host(Call call) {
        kernel_lock.assert_held();
        return mine() ? without_lock(call) : call();
    }

private:
    const Task* owner_ = nullptr;
    u32 depth_ = 0;
    WaitQueue waiting_;
};

/// Has the turn while it lives. Null: there is none to take.
class OwnTurn {
public:
    explicit OwnTurn(Turn* turn) : turn_(turn) {
        if (turn_ != nullptr) turn_->take();
    }
    OwnTurn(OwnTurn&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
    OwnTurn& operator=(OwnTurn&&) = delete;
    ~OwnTurn() {
        if (turn_ != nullptr) turn_->leave();
    }

private:
    Turn* turn_;
};

}  // namespace occlum::kernel
