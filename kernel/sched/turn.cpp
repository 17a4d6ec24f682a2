#include "kernel/sched/turn.h"

#include "kernel/sched/cpu.h"

namespace occlum::kernel {

bool Turn::mine() const {
    const Task* const current = this_cpu().current;
    return current != nullptr && owner_ == current;
}

bool Turn::try_take() {
    const Task* const current = this_cpu().current;
    if (current == nullptr) return true;
    if (owner_ != nullptr && owner_ != current) return false;
    owner_ = current;
    ++depth_;
    return true;
}

// Not even a signal ends the wait: whoever has the turn is at the host, or about to go on.
void Turn::take() {
    while (!try_take())
        static_cast<void>(
            wait_until(waiting_, [&] { return owner_ == nullptr; }, std::nullopt, Sleep::Uninterruptible));
}

void Turn::leave() {
    if (!mine() || --depth_ != 0) return;
    owner_ = nullptr;
    waiting_.wake_one();
}

}  // namespace occlum::kernel
