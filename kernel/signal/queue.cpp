#include "kernel/signal/queue.h"

#include <algorithm>

namespace occlum::kernel {

bool SignalQueue::add(const SigInfo& info, size_t limit) {
    if (info.signal < kSigRtMin && set_.has(info.signal)) return true;
    if (info.signal >= kSigRtMin && entries_.size() >= limit) return false;
    entries_.push_back(info);
    set_.add(info.signal);
    return true;
}

std::optional<SigInfo> SignalQueue::take(SigSet blocked) {
    const SigSet ready = set_ & ~blocked;
    if (ready.empty()) return std::nullopt;
    const SigSet first = ready & kSynchronous;
    const int signal = first.empty() ? ready.lowest() : first.lowest();
    const auto is_it = [&](const SigInfo& info) { return info.signal == signal; };
    const auto oldest = std::ranges::find_if(entries_, is_it);
    const SigInfo info = *oldest;
    entries_.erase(oldest);
    if (std::ranges::none_of(entries_, is_it)) set_.remove(signal);
    return info;
}

void SignalQueue::remove(SigSet signals) {
    std::erase_if(entries_, [&](const SigInfo& info) { return signals.has(info.signal); });
    set_ = set_ & ~signals;
}

void SignalQueue::clear() {
    entries_.clear();
    set_ = SigSet();
}

}  // namespace occlum::kernel
