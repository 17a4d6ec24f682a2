#include "kernel/task/current.h"

namespace occlum::kernel {

template <typename Condition>
Result<void> wait_until(WaitQueue& queue, Condition condition, std::optional<u64> deadline_ns, Sleep sleep) {
    if (condition()) return {};
    WaitEntry entry(queue, current_task());
    while (!condition()) TRY(block(deadline_ns, sleep));
    return {};
}

}  // namespace occlum::kernel
