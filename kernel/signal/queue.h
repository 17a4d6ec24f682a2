// Signals that wait for delivery: of one task, or of a process for any of its tasks.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "kernel/signal/types.h"

namespace occlum::kernel {

/// Queued signals of a user, which RLIMIT_SIGPENDING bounds.
class SignalAccount {
public:
    explicit SignalAccount(u32 uid);
    ~SignalAccount();
    SignalAccount(SignalAccount&& other) noexcept : uid_(other.uid_), counted_(other.counted_) {
        other.counted_ = false;
    }
    SignalAccount& operator=(SignalAccount&& other) noexcept {
        std::swap(uid_, other.uid_);
        std::swap(counted_, other.counted_);
        return *this;
    }
    static u64 queued(u32 uid);

private:
    u32 uid_;
    bool counted_ = true;
};

class SignalQueue {
public:
    /// Standard signals are kept once. False: the receiver's user `uid` has `limit` signals queued, and this
    /// one carries a value that would be lost; signals of kill(2) and the kernel are kept all the same.
    bool add(const SigInfo& info, u32 uid, u64 limit);
    /// A POSIX timer has expired again while its signal still waits. False: no signal of it does.
    bool add_overruns(u32 timer, u64 count);
    SigSet set() const { return set_; }
    /// The oldest but `index`; nothing: there are not so many.
    std::optional<SigInfo> at(u64 index) const {
        return index < entries_.size() ? std::optional(entries_[index].info) : std::nullopt;
    }
    /// Takes the next one not in `blocked`, in the order of signal(7): synchronous first, then the lowest
    /// number, oldest first among equals.
    std::optional<SigInfo> take(SigSet blocked);
    void remove(SigSet signals);
    void clear();

private:
    SigSet set_;
    struct Entry {
        SigInfo info;
        SignalAccount account;
    };
    std::vector<Entry> entries_;  // oldest first
};

}  // namespace occlum::kernel
