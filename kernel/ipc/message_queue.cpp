#include "kernel/ipc/message_queue.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

u64 now_s() { return enclave::realtime_ns() / 1'000'000'000; }

}  // namespace

IpcTable<MessageQueue>& message_queues() {
    [[clang::no_destroy]] static IpcTable<MessageQueue> all(Setting::SysvQueuesMax);
    return all;
}

Result<void> MessageQueue::send(Message message, bool wait) {
    auto fits = [&] { return bytes + message.bytes.size() <= most_bytes && messages.size() < most_bytes; };
    if (!fits()) {
        if (!wait) return err(Errno::Eagain);
        Result<void> waited = wait_until(changed, [&] { return removed || fits(); });
        if (removed) return err(Errno::Eidrm);
        if (!waited) return err(Errno::Erestartnohand);
    }
    bytes += message.bytes.size();
    messages.push_back(std::move(message));
    sent_s = now_s();
    last_sender = current_process().pid;
    changed.wake_all();
    return {};
}

// Type 0: the first; above: the first of it (or not of it); below: the lowest up to its absolute value.
std::deque<MessageQueue::Message>::iterator MessageQueue::choose(i64 type, bool except) {
    if (type >= 0)
        return std::ranges::find_if(
            messages, [&](const Message& message) { return type == 0 || (message.type == type) != except; });
    i64 most = type == std::numeric_limits<i64>::min() ? std::numeric_limits<i64>::max() : -type;
    auto best = messages.end();
    for (auto at = messages.begin(); at != messages.end(); ++at)
        if (at->type <= most && (best == messages.end() || at->type < best->type)) best = at;
    return best;
}

Result<MessageQueue::Message> MessageQueue::receive(size_t most, i64 type, u32 flags) {
    bool except = (flags & kMessageExcept) != 0;
    auto found = choose(type, except);
    if (found == messages.end()) {
        if ((flags & kIpcNoWait) != 0) return err(Errno::Enomsg);
        Result<void> waited = wait_until(changed, [&] {
            found = choose(type, except);
            return removed || found != messages.end();
        });
        // What was sent while it waited is its own, even when the queue went away before it woke.
        if (waited ? found == messages.end() : removed) return err(Errno::Eidrm);
        if (!waited) return err(Errno::Erestartnohand);
    }
    if (found->bytes.size() > most && (flags & kMessageNoError) == 0) return err(Errno::E2big);
    Message message = std::move(*found);
    messages.erase(found);
    bytes -= message.bytes.size();
    if (message.bytes.size() > most) message.bytes.resize(most);
    received_s = now_s();
    last_receiver = current_process().pid;
    changed.wake_all();
    return message;
}

Result<MessageQueue::Message> MessageQueue::copy(size_t most, i64 index, u32 flags) const {
    const size_t place = static_cast<size_t>(index);
    if (index < 0 || place >= messages.size()) return err(Errno::Enomsg);
    // A copy is whole or not at all.
    if (messages[place].bytes.size() > most)
        return err((flags & kMessageNoError) == 0 ? Errno::E2big : Errno::Einval);
    return messages[place];
}

void MessageQueue::remove() {
    removed = true;
    message_queues().erase(id);
    changed.wake_all();
}

}  // namespace occlum::kernel
