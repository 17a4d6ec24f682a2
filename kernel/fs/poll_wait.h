// Waiting on the queues of several files at once: poll(2), select(2), epoll(7).
#pragma once

#include <list>

#include "kernel/fs/open_file.h"
#include "kernel/task/current.h"

namespace occlum::kernel {

/// Registers the current task on every queue a file names, until it is destroyed.
class PollWaiter final : public PollTable {
public:
    void wait_on(WaitQueue& queue) override { entries_.emplace_back(queue, current_task()); }
    void clear() { entries_.clear(); }

private:
    std::list<WaitEntry> entries_;
};

/// Keeps an observer on the queues that a file names. They change with the file's state; every poll()
/// follows.
class QueueObservation {
public:
    u32 poll(OpenFile& file, WaitObserver& observer) {
        Follower follower(entries_, observer);
        return file.poll(&follower);
    }

private:
    class Follower final : public PollTable {
    public:
        Follower(std::list<WaitEntry>& entries, WaitObserver& observer)
            : entries_(entries), observer_(observer), at_(entries.begin()) {}
        ~Follower() override { entries_.erase(at_, entries_.end()); }
        void wait_on(WaitQueue& queue) override {
            if (at_ != entries_.end() && at_->is_on(queue)) {
                ++at_;
                return;
            }
            entries_.erase(at_, entries_.end());
            entries_.emplace_back(queue, observer_);
            at_ = entries_.end();
        }

    private:
        std::list<WaitEntry>& entries_;
        WaitObserver& observer_;
        std::list<WaitEntry>::iterator at_;
    };

    std::list<WaitEntry> entries_;
};

}  // namespace occlum::kernel
