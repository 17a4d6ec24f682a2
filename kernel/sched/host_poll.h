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

struct HostPolls {
    std::array<abi::PollEntry, kConsoleCount> entries;
    size_t count = 0;
    std::span<abi::PollEntry> span() { return std::span(entries).first(count); }
};
HostPolls wanted_host_polls();
/// Wakes the queues whose descriptors are ready.
void deliver_host_polls(std::span<const abi::PollEntry> polled);

}  // namespace occlum::kernel
