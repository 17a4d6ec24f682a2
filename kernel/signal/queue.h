// Signals that wait for delivery: of one task, or of a process for any of its tasks.
#pragma once

#include <optional>
#include <vector>

#include "kernel/signal/types.h"

namespace occlum::kernel {

class SignalQueue {
public:
    /// Standard signals are kept once; real-time signals queue up to `limit` entries (RLIMIT_SIGPENDING),
    /// past which false is returned.
    bool add(const SigInfo& info, size_t limit);
    SigSet set() const { return set_; }
    /// Takes the next one not in `blocked`, in the order of signal(7): synchronous first, then the lowest
    /// number, oldest first among equals.
    std::optional<SigInfo> take(SigSet blocked);
    void remove(SigSet signals);
    void clear();

private:
    SigSet set_;
    std::vector<SigInfo> entries_;  // oldest first
};

}  // namespace occlum::kernel
