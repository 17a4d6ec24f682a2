#include "kernel/time/timer.h"

namespace occlum::kernel {

TimerQueue& timer_queue() {
    static auto& instance = *new TimerQueue;
    return instance;
}

Timer::~Timer() { disarm(); }

void Timer::arm(u64 deadline_ns) {
    disarm();
    deadline_ns_ = deadline_ns;
    armed_ = true;
    timer_queue().add(*this);
}

void Timer::disarm() {
    if (!armed_) return;
    timer_queue().remove(*this);
    armed_ = false;
}

bool TimerQueue::Earlier::operator()(const Timer* a, const Timer* b) const {
    if (a->deadline_ns_ != b->deadline_ns_) return a->deadline_ns_ < b->deadline_ns_;
    return std::less<const Timer*>{}(a, b);
}

void TimerQueue::add(Timer& timer) { timers_.insert(&timer); }
void TimerQueue::remove(Timer& timer) { timers_.erase(&timer); }

void TimerQueue::run(u64 now_ns) {
    while (!timers_.empty()) {
        Timer& first = **timers_.begin();
        if (first.deadline_ns_ > now_ns) return;
        first.disarm();
        first.expired(now_ns);
    }
}

std::optional<u64> TimerQueue::next_deadline_ns() const {
    if (timers_.empty()) return std::nullopt;
    return (*timers_.begin())->deadline_ns_;
}

}  // namespace occlum::kernel
