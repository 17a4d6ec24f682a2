// Host descriptors that tasks wait for: the console's 0, 1, 2. A task waits on one of the queues below like
// on any other. Who wants what is read off the queues, so there is nothing to unregister.
//
// The idle loop passes wanted_host_polls() to enclave::host_wait and its answer to deliver_host_polls(); a
// busy vCPU does both with timeout 0 now and then.
#pragma once

#include <array>
#include <span>

#include "abi/host_calls.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

inline constexpr u32 kConsoleCount = 3;

WaitQueue& console_readable(u32 fd);
WaitQueue& console_writable(u32 fd);

/// Somebody who follows a descriptor all the time, waiting or not: the terminal of `occlum run -t`.
class HostPollListener {
public:
    virtual ~HostPollListener() = default;
    /// POLL* bits to ask for. kPollPriority: the terminal's window may have changed.
    virtual u32 wanted(u32 fd) const = 0;
    virtual void ready(u32 fd, u32 events) = 0;
};
/// The listener stays for ever.
void set_host_listener(u32 fd, HostPollListener* listener);

struct HostPolls {
    std::array<abi::PollEntry, kConsoleCount> entries;
    size_t count = 0;
    std::span<abi::PollEntry> span() { return std::span(entries).first(count); }
};
HostPolls wanted_host_polls();
/// Wakes the queues whose descriptors are ready.
void deliver_host_polls(std::span<const abi::PollEntry> polled);

}  // namespace occlum::kernel
