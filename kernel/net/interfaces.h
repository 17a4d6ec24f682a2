// The one network interface, lo, as programs ask for it: ioctls of any socket (netdevice(7)) and routing
// messages of netlink sockets (rtnetlink(7)).
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "kernel/mm/user_memory.h"

namespace occlum::kernel {

/// SIOCG… and SIOCS…. ENOTTY: not one of them; ENODEV: no such interface; EPERM: it cannot be changed.
Result<void> interface_request(u64 request, GuestAddr argument);

/// What the kernel answers to the messages in one datagram: datagrams for the sender, whose port this is.
std::vector<std::vector<u8>> answer_route_messages(std::span<const u8> datagram, u32 port);

}  // namespace occlum::kernel
