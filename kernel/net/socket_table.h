// All sockets there are, as /proc/net shows them.
#pragma once

#include <string>

#include "kernel/net/socket.h"

namespace occlum::kernel {

/// Lines of /proc/net/{tcp,tcp6,udp,udp6}, without their head.
std::string endpoint_table(Family family, SocketType type);
/// Of /proc/net/unix.
std::string unix_table();

}  // namespace occlum::kernel
