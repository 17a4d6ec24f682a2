// getsockopt(2), setsockopt(2): socket(7), ip(7), ipv6(7), tcp(7).
#include <algorithm>

#include "kernel/syscall/socket_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kSocketLevel = 1, kIp = 0, kTcp = 6, kUdp = 17, kIpv6 = 41, kNetlink = 270;
constexpr u32 kV6Only = 26;

enum SocketOption : u32 {
    kReuseAddress = 2,
    kType = 3,
    kError = 4,
    kBroadcast = 6,
    kSendBuffer = 7,
    kReceiveBuffer = 8,
    kLinger = 13,
    kReusePort = 15,
    kPassCredentials = 16,
    kPeerCredentials = 17,
    kReceiveLow = 18,
    kSendLow = 19,
    kReceiveTimeout = 20,
    kSendTimeout = 21,
    kAcceptsConnections = 30,
    kPeerSecurity = 31,
    kSendBufferForce = 32,
    kReceiveBufferForce = 33,
    kProtocol = 38,
    kDomain = 39,
    kPeerGroups = 59,
};

// Options without an effect here: kept and shown again, as on a network where nothing is lost.
struct PlainOption {
    u32 level, option, initial;
};
constexpr std::array<PlainOption, 51> kPlain{{{kSocketLevel, 1, 0},   // SO_DEBUG
                                              {kSocketLevel, 5, 0},   // SO_DONTROUTE
                                              {kSocketLevel, 9, 0},   // SO_KEEPALIVE
                                              {kSocketLevel, 10, 0},  // SO_OOBINLINE
                                              {kSocketLevel, 11, 0},  // SO_NO_CHECK
                                              {kSocketLevel, 12, 0},  // SO_PRIORITY
                                              {kSocketLevel, 29, 0},  // SO_TIMESTAMP
                                              {kSocketLevel, 34, 0},  // SO_PASSSEC
                                              {kSocketLevel, 35, 0},  // SO_TIMESTAMPNS
                                              {kSocketLevel, 36, 0},  // SO_MARK
                                              {kSocketLevel, 37, 0},  // SO_TIMESTAMPING
                                              {kSocketLevel, 40, 0},  // SO_RXQ_OVFL
                                              {kSocketLevel, 46, 0},  // SO_BUSY_POLL
                                              {kSocketLevel, 49, 0},  // SO_INCOMING_CPU
                                              {kSocketLevel, 60, 0},  // SO_ZEROCOPY
                                              {kIp, 1, 0},            // IP_TOS
                                              {kIp, 2, 64},           // IP_TTL
                                              {kIp, 8, 0},            // IP_PKTINFO
                                              {kIp, 10, 1},           // IP_MTU_DISCOVER
                                              {kIp, 11, 0},           // IP_RECVERR
                                              {kIp, 12, 0},           // IP_RECVTTL
                                              {kIp, 13, 0},           // IP_RECVTOS
                                              {kIp, 15, 0},           // IP_FREEBIND
                                              {kIp, 24, 0},           // IP_BIND_ADDRESS_NO_PORT
                                              {kIp, 33, 1},           // IP_MULTICAST_TTL
                                              {kIp, 34, 1},           // IP_MULTICAST_LOOP
                                              {kIpv6, 16, 64},        // IPV6_UNICAST_HOPS
                                              {kIpv6, 18, 1},         // IPV6_MULTICAST_HOPS
                                              {kIpv6, 19, 1},         // IPV6_MULTICAST_LOOP
                                              {kIpv6, 23, 1},         // IPV6_MTU_DISCOVER
                                              {kIpv6, 25, 0},         // IPV6_RECVERR
                                              {kIpv6, 49, 0},         // IPV6_RECVPKTINFO
                                              {kIpv6, 51, 0},         // IPV6_RECVHOPLIMIT
                                              {kIpv6, 66, 0},         // IPV6_RECVTCLASS
                                              {kIpv6, 67, 0},         // IPV6_TCLASS
                                              {kTcp, 1, 0},           // TCP_NODELAY
                                              {kTcp, 2, 32768},       // TCP_MAXSEG
                                              {kTcp, 3, 0},           // TCP_CORK
                                              {kTcp, 4, 7200},        // TCP_KEEPIDLE
                                              {kTcp, 5, 75},          // TCP_KEEPINTVL
                                              {kTcp, 6, 9},           // TCP_KEEPCNT
                                              {kTcp, 7, 6},           // TCP_SYNCNT
                                              {kTcp, 8, 60},          // TCP_LINGER2
                                              {kTcp, 9, 0},           // TCP_DEFER_ACCEPT
                                              {kTcp, 12, 1},          // TCP_QUICKACK
                                              {kTcp, 18, 0},          // TCP_USER_TIMEOUT
                                              {kNetlink, 1, 0},       // NETLINK_ADD_MEMBERSHIP
                                              {kNetlink, 3, 0},       // NETLINK_PKTINFO
                                              {kNetlink, 10, 0},      // NETLINK_CAP_ACK
                                              {kNetlink, 11, 0},      // NETLINK_EXT_ACK
                                              {kNetlink, 12, 0}}};    // NETLINK_GET_STRICT_CHK

const PlainOption* find_plain(u32 level, u32 option) {
    auto found = std::ranges::find_if(
        kPlain, [&](const PlainOption& o) { return o.level == level && o.option == option; });
    return found == kPlain.end() ? nullptr : &*found;
}

// Whether the socket has options of this level at all.
bool knows_level(const Socket& socket, u32 level) {
    if (level == kSocketLevel) return true;
    if (socket.is_unix()) return false;
    if (level == kNetlink || socket.is_netlink()) return level == kNetlink && socket.is_netlink();
    if (level == kTcp) return socket.is_stream();
    if (level == kUdp) return !socket.is_stream();
    return level == kIp || (level == kIpv6 && socket.family == Family::Inet6);
}

u32 protocol_of(const Socket& socket) {
    if (socket.is_unix() || socket.is_netlink()) return 0;
    return socket.is_stream() ? kTcp : kUdp;
}

using Words = std::vector<u32>;
Words timeout_words(u64 timeout_ns) {
    u64 seconds = timeout_ns / kNsPerSecond, micros = timeout_ns % kNsPerSecond / 1000;
    return {static_cast<u32>(seconds), static_cast<u32>(seconds >> 32), static_cast<u32>(micros), 0};
}

Result<Words> socket_value(Socket& socket, u32 option) {
    const SocketOptions& o = socket.options;
    auto flag = [](bool on) { return Words{on ? 1u : 0u}; };
    switch (option) {
        case kReuseAddress:
            return flag(o.reuse_address);
        case kType:
            return Words{static_cast<u32>(socket.type)};
        case kError:
            return Words{socket.take_error()};
        case kBroadcast:
            return flag(o.broadcast);
        case kSendBuffer:
            return Words{o.send_buffer};
        case kReceiveBuffer:
            return Words{o.receive_buffer};
        case kLinger:
            return Words{o.linger_on, o.linger_seconds};
        case kReusePort:
            return flag(o.reuse_port);
        case kPassCredentials:
            return flag(o.pass_credentials);
        case kPeerCredentials: {
            if (!socket.is_unix() || (!socket.connected() && !socket.listening())) return Words{0, ~0u, ~0u};
            const PeerIdentity& peer = socket.peer_identity();
            return Words{peer.pid, peer.uid, peer.gid};
        }
        case kReceiveLow:
            return Words{o.receive_low};
        case kSendLow:
            return Words{1};
        case kReceiveTimeout:
            return timeout_words(o.receive_timeout_ns);
        case kSendTimeout:
            return timeout_words(o.send_timeout_ns);
        case kAcceptsConnections:
            return flag(socket.listening());
        case kProtocol:
            return Words{protocol_of(socket)};
        case kDomain:
            return Words{static_cast<u32>(socket.family)};
        default:
            return err(Errno::Enoprotoopt);
    }
}

Result<Words> option_value(Socket& socket, u32 level, u32 option) {
    if (!knows_level(socket, level)) return err(Errno::Eopnotsupp);
    if (level == kIpv6 && option == kV6Only) return Words{socket.options.v6_only ? 1u : 0u};
    if (const PlainOption* plain = find_plain(level, option)) {
        auto kept = socket.options.plain.find({level, option});
        return Words{kept == socket.options.plain.end() ? plain->initial : kept->second};
    }
    if (level == kSocketLevel) return socket_value(socket, option);
    return err(Errno::Enoprotoopt);
}

// TCP_INFO: the state, and zeroes.
Words tcp_info(const Socket& socket) {
    constexpr u32 kEstablished = 1, kClosed = 7, kListen = 10;
    Words words(26);
    words[0] = socket.listening() ? kListen : socket.connected() ? kEstablished : kClosed;
    return words;
}

Result<u64> store_words(const Words& words, u64 address, u64 size_address) {
    u32 room = TRY(read_user(UserIn<u32>{{size_address}}));
    if (static_cast<i32>(room) < 0) return err(Errno::Einval);
    std::vector<u8> bytes;
    for (u32 word : words)
        for (u8 byte : std::bit_cast<std::array<u8, 4>>(word)) bytes.push_back(byte);
    u32 size = std::min<u32>(room, static_cast<u32>(bytes.size()));
    TRY(copy_out({address}, std::span<const u8>(bytes).first(size)));
    TRY(write_user(UserOut<u32>{{size_address}}, size));
    return u64{0};
}

u32 doubled_buffer(u32 wanted) {
    constexpr u32 kLeast = 4608, kMost = 212992;
    return std::max(kLeast, 2 * std::min(wanted, kMost));
}

Result<void> set_timeout(u64& timeout_ns, u64 address, u32 size) {
    if (size < sizeof(Timeval)) return err(Errno::Einval);
    Timeval time = TRY(read_user(UserIn<Timeval>{{address}}));
    if (time.microseconds < 0 || time.microseconds >= 1'000'000) return err(Errno::Edom);
    timeout_ns = time.seconds < 0 ? 0 : TRY(to_ns(time));
    return {};
}

Result<void> set_socket_option(Socket& socket, u32 option, u32 value) {
    SocketOptions& o = socket.options;
    bool on = value != 0;
    switch (option) {
        case kReuseAddress:
            o.reuse_address = on;
            return {};
        case kBroadcast:
            o.broadcast = on;
            return {};
        case kSendBufferForce:
        case kReceiveBufferForce:
            if (!current_credentials().is_superuser()) return err(Errno::Eperm);
            [[fallthrough]];
        case kSendBuffer:
        case kReceiveBuffer:
            (option == kSendBuffer || option == kSendBufferForce ? o.send_buffer : o.receive_buffer) =
                doubled_buffer(value);
            return {};
        case kReusePort:
            o.reuse_port = on;
            return {};
        case kPassCredentials:
            if (!socket.is_unix()) return err(Errno::Eopnotsupp);
            o.pass_credentials = on;
            return {};
        case kReceiveLow:
            o.receive_low = std::max(value, 1u);
            return {};
        case kType:
        case kError:
        case kProtocol:
        case kDomain:
        case kSendLow:
        case kAcceptsConnections:
        case kPeerCredentials:
        default:
            return err(Errno::Enoprotoopt);
    }
}

}  // namespace

Result<u64> sys_getsockopt(const SyscallArgs& args) {
    constexpr u32 kInfo = 11;
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 level = as_u32(args[1]), option = as_u32(args[2]);
    if (level == kTcp && option == kInfo && knows_level(at.socket, level))
        return store_words(tcp_info(at.socket), args[3], args[4]);
    return store_words(TRY(option_value(at.socket, level, option)), args[3], args[4]);
}

Result<u64> sys_setsockopt(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    Socket& socket = at.socket;
    u32 level = as_u32(args[1]), option = as_u32(args[2]), size = as_u32(args[4]);
    if (static_cast<i32>(size) < 0) return err(Errno::Einval);
    if (!knows_level(socket, level)) return err(socket.is_unix() ? Errno::Eopnotsupp : Errno::Enoprotoopt);
    if (level == kSocketLevel && (option == kReceiveTimeout || option == kSendTimeout)) {
        SocketOptions& o = socket.options;
        TRY(set_timeout(option == kReceiveTimeout ? o.receive_timeout_ns : o.send_timeout_ns, args[3], size));
        return u64{0};
    }
    if (size < 4 && !(level == kIp && size >= 1)) return err(Errno::Einval);
    u32 value = size >= 4 ? TRY(read_user(UserIn<u32>{{args[3]}})) : TRY(read_user(UserIn<u8>{{args[3]}}));
    if (level == kSocketLevel && option == kLinger) {
        if (size < 8) return err(Errno::Einval);
        socket.options.linger_on = value != 0 ? 1 : 0;
        socket.options.linger_seconds = TRY(read_user(UserIn<u32>{{args[3] + 4}}));
        return u64{0};
    }
    if (level == kIpv6 && option == kV6Only) {
        if (!socket.name().unnamed()) return err(Errno::Einval);
        socket.options.v6_only = value != 0;
        return u64{0};
    }
    if (find_plain(level, option) != nullptr) {
        bool is_switch = level == kSocketLevel && option != 12;
        socket.options.plain[{level, option}] = is_switch ? (value != 0 ? 1u : 0u) : value;
        return u64{0};
    }
    if (level != kSocketLevel) return err(Errno::Enoprotoopt);
    TRY(set_socket_option(socket, option, value));
    return u64{0};
}

}  // namespace occlum::kernel
