#include "kernel/signal/queue.h"

#include <algorithm>
#include <map>

namespace occlum::kernel {

namespace {

std::map<u32, u64>& queued_by_user() {
    static auto& instance = *new std::map<u32, u64>;
    return instance;
}

}  // namespace

SignalAccount::SignalAccount(u32 uid) : uid_(uid) { ++queued_by_user()[uid]; }

SignalAccount::~SignalAccount() {
    if (!counted_) return;
    const auto found = queued_by_user().find(uid_);
    if (--found->second == 0) queued_by_user().erase(found);
}

u64 SignalAccount::queued(u32 uid) {
    const auto found = queued_by_user().find(uid);
    return found == queued_by_user().end() ? 0 : found->second;
}

bool SignalQueue::add(const SigInfo& info, u32 uid, u64 limit) {
    const bool standard = info.signal < kSigRtMin;
    if (standard && set_.has(info.signal) && info.code != kSiTimer) return true;
    if (!standard && SignalAccount::queued(uid) >= limit) {
        if (info.code != kSiUser && info.code != kSiKernel && info.code != kSiTimer) return false;
        if (set_.has(info.signal)) return true;
    }
    entries_.push_back({info, SignalAccount(uid)});
    set_.add(info.signal);
    return true;
}

bool SignalQueue::add_overruns(u32 timer, u64 count) {
    constexpr u64 kMost = 0x7fff'ffff;
    for (Entry& entry : entries_) {
        u64& word = entry.info.words[0];
        if (entry.info.code != kSiTimer || static_cast<u32>(word) != timer) continue;
        word = u64{timer} | std::min((word >> 32) + count, kMost) << 32;
        return true;
    }
    return false;
}

std::optional<SigInfo> SignalQueue::take(SigSet blocked) {
    const SigSet ready = set_ & ~blocked;
    if (ready.empty()) return std::nullopt;
    const SigSet first = ready & kSynchronous;
    const int signal = first.empty() ? ready.lowest() : first.lowest();
    const auto is_it = [&](const Entry& entry) { return entry.info.signal == signal; };
    const auto oldest = std::ranges::find_if(entries_, is_it);
    const SigInfo info = oldest->info;
    entries_.erase(oldest);
    if (std::ranges::none_of(entries_, is_it)) set_.remove(signal);
    return info;
}

void SignalQueue::remove(SigSet signals) {
    std::erase_if(entries_, [&](const Entry& entry) { return signals.has(entry.info.signal); });
    set_ = set_ & ~signals;
}

void SignalQueue::clear() {
    entries_.clear();
    set_ = SigSet();
}

}  // namespace occlum::kernel
