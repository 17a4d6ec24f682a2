#include "kernel/sched/host_poll.h"

#include "kernel/fs/constants.h"

namespace occlum::kernel {
namespace {

struct ConsoleQueues {
    WaitQueue readable, writable;
};

std::array<ConsoleQueues, kConsoleCount>& queues() {
    static std::array<ConsoleQueues, kConsoleCount> all;
    return all;
}

std::array<HostPollListener*, kConsoleCount> listeners{};

}  // namespace

void set_host_listener(u32 fd, HostPollListener* listener) { listeners.at(fd) = listener; }

WaitQueue& console_readable(u32 fd) { return queues()[fd].readable; }
WaitQueue& console_writable(u32 fd) { return queues()[fd].writable; }

HostPolls wanted_host_polls() {
    HostPolls polls;
    for (u32 fd = 0; fd < kConsoleCount; ++fd) {
        u32 wanted = 0;
        if (!console_readable(fd).empty()) wanted |= kPollIn;
        if (!console_writable(fd).empty()) wanted |= kPollOut;
        if (const HostPollListener* listener = listeners.at(fd)) wanted |= listener->wanted(fd);
        if (wanted != 0)
            polls.entries[polls.count++] = {.fd = fd, .wanted = static_cast<u16>(wanted), .ready = 0};
    }
    return polls;
}

void deliver_host_polls(std::span<const abi::PollEntry> polled) {
    for (const abi::PollEntry& entry : polled) {
        if (entry.fd >= kConsoleCount || entry.ready == 0) continue;
        if (HostPollListener* listener = listeners.at(entry.fd)) listener->ready(entry.fd, entry.ready);
        // Errors and hang-ups wake everybody: the next read or write tells.
        bool broken = (entry.ready & (kPollError | kPollHangUp | kPollInvalid)) != 0;
        if (broken || (entry.ready & kPollIn) != 0) console_readable(entry.fd).wake_all();
        if (broken || (entry.ready & kPollOut) != 0) console_writable(entry.fd).wake_all();
    }
}

}  // namespace occlum::kernel
