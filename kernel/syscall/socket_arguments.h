// Decoding that the socket calls share.
#pragma once

#include "kernel/net/socket.h"
#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {

struct SocketArgument {
    Ref<OpenFile> file;
    Socket& socket;
};
/// EBADF, ENOTSOCK.
Result<SocketArgument> socket_argument(u64 descriptor);
PeerIdentity current_identity();
/// An address as the family has it; paths are not looked up.
Result<SocketName> read_name(const Socket& socket, u64 address, u64 size);
/// The same, with the path of a UNIX socket followed to its file. ECONNREFUSED: not a socket.
Result<SocketName> read_target(const Socket& socket, u64 address, u64 size);
/// At most `room` bytes at `address`; the real size.
Result<u32> put_name(const SocketName& name, Family family, GuestAddr address, u32 room);

}  // namespace occlum::kernel
