// Host descriptors that tasks wait for: those of the sessions' consoles (abi/command.h), and whether commands
// wait. A task waits on one of the queues below like on any other. Who wants what is read off the queues, so
// there is nothing to unregister.
//
// The idle loop passes wanted_host_polls() to enclave::host_wait and its answer to deliver_host_polls(); a
// busy vCPU does both with timeout 0 now and then.
#pragma once

#include <span>
#include <vector>

#include "abi/command.h"
#include "abi/host_calls.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

inline constexpr u32 kConsoleCount = abi::console_fd(abi::kMaxSessions, 0);

WaitQueue& console_readable(u32 fd);
WaitQueue& console_writable(u32 fd);
/// The host has a command for enclave::next_command().
WaitQueue& commands_waiting();
/// Before the first wait on a console of a session other than 0.
void use_consoles_of(u32 session);

/// Somebody who follows a descriptor all the time, waiting or not: the terminal of `occlum run -t`.
class HostPollListener {
public:
    virtual ~HostPollListener() = default;
    /// POLL* bits to ask for. kPollPriority: the terminal's window may have changed.
    virtual u32 wanted(u32 fd) const = 0;
    virtual void ready(u32 fd, u32 events) = 0;
};
/// Null: nobody any more.
void set_host_listener(u32 fd, HostPollListener* listener);

struct HostPolls {
    std::vector<abi::PollEntry> entries;
    bool empty() const { return entries.empty(); }
    std::span<abi::PollEntry> span() { return entries; }
};
HostPolls wanted_host_polls();
/// Whether these are any.
bool wants_host_polls();
/// Wakes the queues whose descriptors are ready.
void deliver_host_polls(std::span<const abi::PollEntry> polled);

}  // namespace occlum::kernel
