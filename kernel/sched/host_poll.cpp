#include "kernel/sched/host_poll.h"

#include "kernel/fs/constants.h"

namespace occlum::kernel {
namespace {

struct ConsoleQueues {
    WaitQueue readable, writable;
    HostPollListener* listener = nullptr;
};

std::array<ConsoleQueues, kConsoleCount>& consoles() {
    static std::array<ConsoleQueues, kConsoleCount> all;
    return all;
}

// No console from here on is in use, so that nobody looks through all of them.
u32 used_consoles = abi::console_fd(1, 0);

u32 wanted_of(u32 fd) {
    const ConsoleQueues& console = consoles()[fd];
    u32 wanted = 0;
    if (!console.readable.empty()) wanted |= kPollIn;
    if (!console.writable.empty()) wanted |= kPollOut;
    if (console.listener != nullptr) wanted |= console.listener->wanted(fd);
    return wanted;
}

void add_poll(HostPolls& polls, u32 fd, u32 wanted) {
    if (wanted != 0) polls.entries.push_back({.fd = fd, .wanted = static_cast<u16>(wanted), .ready = 0});
}

}  // namespace

void set_host_listener(u32 fd, HostPollListener* listener) { consoles().at(fd).listener = listener; }

void use_consoles_of(u32 session) {
    used_consoles = std::max(used_consoles, abi::console_fd(session + 1, 0));
}

WaitQueue& console_readable(u32 fd) { return consoles()[fd].readable; }
WaitQueue& console_writable(u32 fd) { return consoles()[fd].writable; }

WaitQueue& commands_waiting() {
    static WaitQueue queue;
    return queue;
}

HostPolls wanted_host_polls() {
    HostPolls polls;
    if (!commands_waiting().empty()) add_poll(polls, abi::kCommandFd, kPollIn);
    for (u32 fd = 0; fd < used_consoles; ++fd) add_poll(polls, fd, wanted_of(fd));
    return polls;
}

bool wants_host_polls() {
    if (!commands_waiting().empty()) return true;
    for (u32 fd = 0; fd < used_consoles; ++fd)
        if (wanted_of(fd) != 0) return true;
    return false;
}

void deliver_host_polls(std::span<const abi::PollEntry> polled) {
    for (const abi::PollEntry& entry : polled) {
        if (entry.ready == 0) continue;
        if (entry.fd == abi::kCommandFd) commands_waiting().wake_all();
        if (entry.fd >= kConsoleCount) continue;
        ConsoleQueues& console = consoles()[entry.fd];
        if (console.listener != nullptr) console.listener->ready(entry.fd, entry.ready);
        // Errors and hang-ups wake everybody: the next read or write tells.
        bool broken = (entry.ready & (kPollError | kPollHangUp | kPollInvalid)) != 0;
        if (broken || (entry.ready & kPollIn) != 0) console.readable.wake_all();
        if (broken || (entry.ready & kPollOut) != 0) console.writable.wake_all();
    }
}

}  // namespace occlum::kernel
