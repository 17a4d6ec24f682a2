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

}  // namespace occlum::kernel
