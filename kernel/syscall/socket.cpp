// Sockets: making, naming and connecting them.
#include <algorithm>

#include "kernel/fs/permission.h"
#include "kernel/net/names.h"
#include "kernel/syscall/socket_arguments.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kTypeBits = 15, kRaw = 3;
constexpr u32 kTcp = 6, kUdp = 17;
constexpr size_t kLargestAddress = 128, kInetAddress = 16;
constexpr u32 kProtocols = 263;

struct Kind {
    Family family;
    SocketType type;
};

Result<Kind> socket_kind(u64 domain, u64 type_argument, u64 protocol_argument) {
    u32 flags = as_u32(type_argument) & ~kTypeBits, type = as_u32(type_argument) & kTypeBits;
    u32 protocol = as_u32(protocol_argument);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    auto family = static_cast<Family>(as_u32(domain));
    if (as_u32(domain) > 0xffff) return err(Errno::Eafnosupport);
    switch (family) {
        case Family::Unix:
            if (type == kRaw) type = static_cast<u32>(SocketType::Datagram);
            if (protocol != 0 && protocol != static_cast<u32>(Family::Unix))
                return err(Errno::Eprotonosupport);
            break;
        case Family::Inet:
        case Family::Inet6: {
            if (protocol >= kProtocols) return err(Errno::Einval);
            if (type == kRaw) return err(protocol == 0 ? Errno::Eprotonosupport : Errno::Eperm);
            u32 natural = type == static_cast<u32>(SocketType::Stream) ? kTcp : kUdp;
            if (type > 2) return err(Errno::Esocktnosupport);
            if (protocol != 0 && protocol != natural) return err(Errno::Eprotonosupport);
            break;
        }
        case Family::Netlink:
            if (type != static_cast<u32>(SocketType::Datagram) && type != kRaw)
                return err(Errno::Esocktnosupport);
            if (protocol != 0) return err(Errno::Eprotonosupport);  // but routes
            return Kind{family, static_cast<SocketType>(type)};
        default:
            return err(Errno::Eafnosupport);
    }
    if (type != 1 && type != 2 && type != 5) return err(type > 10 ? Errno::Einval : Errno::Esocktnosupport);
    return Kind{family, static_cast<SocketType>(type)};
}

Result<int> install(Ref<Socket> socket, u32 type) {
    return current_files().add(socket, (type & kOpenCloseOnExec) != 0);
}

// A struct sockaddr and its size, both in guest memory; the address may be absent.
Result<void> write_name(const SocketName& name, Family family, u64 address, u64 size_address) {
    u32 room = TRY(read_user(UserIn<u32>{{size_address}}));
    if (static_cast<i32>(room) < 0) return err(Errno::Einval);
    u32 size = TRY(put_name(name, family, {address}, room));
    return write_user(UserOut<u32>{{size_address}}, size);
}

}  // namespace

Result<SocketArgument> socket_argument(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (file->is_path()) return err(Errno::Ebadf);
    Socket* socket = file->as_socket();
    if (socket == nullptr) return err(Errno::Enotsock);
    return SocketArgument{file, *socket};
}

PeerIdentity current_identity() {
    const Credentials& who = current_credentials();
    return {.pid = current_process().pid, .uid = who.euid, .gid = who.egid};
}

Result<SocketName> read_name(const Socket& socket, u64 address, u64 size) {
    if (static_cast<i32>(as_u32(size)) < 0 || as_u32(size) > kLargestAddress) return err(Errno::Einval);
    std::vector<u8> bytes(as_u32(size));
    TRY(copy_in(bytes, {address}));
    return decode_name(bytes, socket.family);
}

Result<SocketName> read_target(const Socket& socket, u64 address, u64 size) {
    SocketName name = TRY(read_name(socket, address, size));
    if (name.family != Family::Unix || name.abstract) return name;
    if (name.text.empty()) return err(Errno::Einval);
    WalkContext context(current_view(), current_credentials());
    Ref<Dentry> found = TRY(walk(context, name.text, true));
    TRY(check_access(found->inode(), current_credentials(), kMayWrite));
    if (found->inode().type() != kTypeSocket) return err(Errno::Econnrefused);
    name.file = RefPtr<Inode>(found->inode());
    return name;
}

Result<u32> put_name(const SocketName& name, Family family, GuestAddr address, u32 room) {
    std::vector<u8> bytes = encode_name(name, family);
    TRY(copy_out(address, std::span<const u8>(bytes).first(std::min<size_t>(room, bytes.size()))));
    return static_cast<u32>(bytes.size());
}

Result<u64> sys_socket(const SyscallArgs& args) {
    Kind kind = TRY(socket_kind(args[0], args[1], args[2]));
    Ref<Socket> socket = make_socket(kind.family, kind.type, as_u32(args[1]), current_identity());
    return static_cast<u64>(TRY(install(socket, as_u32(args[1]))));
}

Result<u64> sys_socketpair(const SyscallArgs& args) {
    Kind kind = TRY(socket_kind(args[0], args[1], args[2]));
    if (kind.family != Family::Unix) return err(Errno::Eopnotsupp);
    u32 type = as_u32(args[1]);
    Ref<Socket> one = make_socket(kind.family, kind.type, type, current_identity());
    Ref<Socket> other = make_socket(kind.family, kind.type, type, current_identity());
    Socket::connect_pair(*one, *other);
    FdTable& files = current_files();
    std::array<i32, 2> fds{};
    fds[0] = TRY(install(one, type));
    Result<int> second = install(other, type);
    Result<void> done;
    if (second) {
        fds[1] = *second;
        done = write_user(UserOut<std::array<i32, 2>>{{args[3]}}, fds);
        if (done) return u64{0};
        static_cast<void>(files.close(fds[1]));
    }
    static_cast<void>(files.close(fds[0]));
    return err(second ? done.error() : second.error());
}

Result<u64> sys_bind(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    SocketName name = TRY(read_name(at.socket, args[1], args[2]));
    if (name.unnamed()) {
        // As Linux: an IPv4 socket takes AF_UNSPEC for 0.0.0.0.
        if (at.socket.family != Family::Inet) return err(Errno::Eafnosupport);
        if (as_u32(args[2]) < kInetAddress) return err(Errno::Einval);
        if (TRY(read_user(UserIn<u32>{{args[1] + 4}})) != 0) return err(Errno::Eafnosupport);
        name = {.family = Family::Inet, .ip = IpAddress::any(Family::Inet)};
    }
    if (name.family == Family::Unix && !name.abstract) {
        if (name.text.empty()) {
            name.abstract = true;
            name.text = SocketNames::free_text();
        } else {
            WalkContext context(current_view(), current_credentials());
            Result<Ref<Dentry>> made = create_at(context, name.text, kTypeSocket | masked_mode(0777), 0);
            if (!made) return err(made.error() == Errno::Eexist ? Errno::Eaddrinuse : made.error());
            name.file = RefPtr<Inode>((*made)->inode());
            if (Result<void> bound = at.socket.bind(name); !bound) {
                static_cast<void>(remove_file(context, name.text));
                return err(bound.error());
            }
            return u64{0};
        }
    }
    TRY(at.socket.bind(std::move(name)));
    return u64{0};
}

Result<u64> sys_listen(const SyscallArgs& args) {
    TRY(TRY(socket_argument(args[0])).socket.listen(as_u32(args[1])));
    return u64{0};
}

Result<u64> sys_connect(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    // A UNIX datagram socket loses its peer by AF_UNSPEC, which other UNIX sockets do not know.
    bool unspecified = as_u32(args[2]) >= 2 && TRY(read_user(UserIn<u16>{{args[1]}})) == 0;
    if (unspecified && at.socket.type == SocketType::Datagram) {
        TRY(at.socket.connect({}));
        return u64{0};
    }
    TRY(at.socket.connect(TRY(read_target(at.socket, args[1], args[2]))));
    return u64{0};
}

Result<u64> sys_accept4(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    SocketArgument at = TRY(socket_argument(args[0]));
    Ref<Socket> served = TRY(at.socket.accept(flags));
    int fd = TRY(install(served, flags));
    if (args[1] == 0) return static_cast<u64>(fd);
    SocketName peer = served->peer_name().value_or(SocketName());
    if (Result<void> told = write_name(peer, served->family, args[1], args[2]); !told) {
        static_cast<void>(current_files().close(fd));
        return err(told.error());
    }
    return static_cast<u64>(fd);
}
Result<u64> sys_accept(const SyscallArgs& args) { return sys_accept4({args[0], args[1], args[2], 0}); }

Result<u64> sys_shutdown(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 how = as_u32(args[1]);
    if (how > 2) return err(Errno::Einval);
    TRY(at.socket.shutdown(how != 1, how != 0));
    return u64{0};
}

Result<u64> sys_getsockname(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    TRY(write_name(at.socket.name(), at.socket.family, args[1], args[2]));
    return u64{0};
}

Result<u64> sys_getpeername(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    TRY(write_name(TRY(at.socket.peer_name()), at.socket.family, args[1], args[2]));
    return u64{0};
}

}  // namespace occlum::kernel
