// Which socket has which name.
#pragma once

#include "kernel/net/socket.h"

namespace occlum::kernel {

/// netlink.cpp
void release_netlink_port(u32 port);

class SocketNames {
public:
    /// EADDRINUSE. A port of 0 is replaced by a free one.
    static Result<void> add(Socket& socket, SocketName& name);
    static void remove(Socket& socket);
    /// Whether a bound socket may listen: no other does where both would be reached.
    static bool may_listen(const Socket& socket);
    /// The socket that a packet or connection to `name` reaches. With several (SO_REUSEPORT): one after the
    /// other.
    static Socket* find(const SocketName& name, bool datagram);
    /// Another abstract name for bind(2) without one.
    static std::string free_text();

private:
    static Result<void> add_endpoint(Socket& socket, SocketName& name);
    static bool conflicts(const Socket& socket, const SocketName& name);
};

}  // namespace occlum::kernel
