// getsockopt(2), setsockopt(2): socket(7), ip(7), ipv6(7), tcp(7).
#include <algorithm>
#include <limits>

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
    i32 least = std::numeric_limits<i32>::min(), most = std::numeric_limits<i32>::max();
};
constexpr auto kPlain = std::to_array<PlainOption>({
    {kSocketLevel, 1, 0},          // SO_DEBUG
    {kSocketLevel, 5, 0},          // SO_DONTROUTE
    {kSocketLevel, 9, 0},          // SO_KEEPALIVE
    {kSocketLevel, 10, 0},         // SO_OOBINLINE
    {kSocketLevel, 11, 0},         // SO_NO_CHECK
    {kSocketLevel, 12, 0},         // SO_PRIORITY
    {kSocketLevel, 14, 0},         // SO_BSDCOMPAT
    {kSocketLevel, 29, 0},         // SO_TIMESTAMP
    {kSocketLevel, 34, 0},         // SO_PASSSEC
    {kSocketLevel, 35, 0},         // SO_TIMESTAMPNS
    {kSocketLevel, 36, 0},         // SO_MARK
    {kSocketLevel, 37, 0},         // SO_TIMESTAMPING
    {kSocketLevel, 40, 0},         // SO_RXQ_OVFL
    {kSocketLevel, 43, 0},         // SO_NOFCS
    {kSocketLevel, 44, 0},         // SO_LOCK_FILTER
    {kSocketLevel, 45, 0},         // SO_SELECT_ERR_QUEUE
    {kSocketLevel, 46, 0},         // SO_BUSY_POLL
    {kSocketLevel, 47, ~u32{0}},   // SO_MAX_PACING_RATE
    {kSocketLevel, 49, 0},         // SO_INCOMING_CPU
    {kSocketLevel, 60, 0},         // SO_ZEROCOPY
    {kSocketLevel, 69, 0},         // SO_PREFER_BUSY_POLL
    {kSocketLevel, 72, 0},         // SO_BUF_LOCK
    {kSocketLevel, 75, 0},         // SO_RCVMARK
    {kIp, 1, 0},                   // IP_TOS
    {kIp, 2, 64, 1, 255},          // IP_TTL
    {kIp, 6, 0},                   // IP_RECVOPTS
    {kIp, 7, 0},                   // IP_RETOPTS
    {kIp, 8, 0},                   // IP_PKTINFO
    {kIp, 10, 1, 0, 5},            // IP_MTU_DISCOVER
    {kIp, 11, 0},                  // IP_RECVERR
    {kIp, 12, 0},                  // IP_RECVTTL
    {kIp, 13, 0},                  // IP_RECVTOS
    {kIp, 15, 0},                  // IP_FREEBIND
    {kIp, 18, 0},                  // IP_PASSSEC
    {kIp, 19, 0},                  // IP_TRANSPARENT
    {kIp, 20, 0},                  // IP_RECVORIGDSTADDR
    {kIp, 21, 0, 0, 255},          // IP_MINTTL
    {kIp, 24, 0},                  // IP_BIND_ADDRESS_NO_PORT
    {kIp, 33, 1, -1, 255},         // IP_MULTICAST_TTL
    {kIp, 34, 1},                  // IP_MULTICAST_LOOP
    {kIp, 49, 1, 0, 1},            // IP_MULTICAST_ALL
    {kIpv6, 8, 0},                 // IPV6_2292HOPLIMIT
    {kIpv6, 16, 64, -1, 255},      // IPV6_UNICAST_HOPS
    {kIpv6, 18, 1, -1, 255},       // IPV6_MULTICAST_HOPS
    {kIpv6, 19, 1, 0, 1},          // IPV6_MULTICAST_LOOP
    {kIpv6, 23, 1, 0, 5},          // IPV6_MTU_DISCOVER
    {kIpv6, 25, 0},                // IPV6_RECVERR
    {kIpv6, 29, 1, 0, 1},          // IPV6_MULTICAST_ALL
    {kIpv6, 49, 0},                // IPV6_RECVPKTINFO
    {kIpv6, 51, 0},                // IPV6_RECVHOPLIMIT
    {kIpv6, 62, 0},                // IPV6_DONTFRAG
    {kIpv6, 66, 0},                // IPV6_RECVTCLASS
    {kIpv6, 67, 0, -1, 255},       // IPV6_TCLASS
    {kIpv6, 70, 1},                // IPV6_AUTOFLOWLABEL
    {kIpv6, 75, 0},                // IPV6_TRANSPARENT
    {kIpv6, 78, 0},                // IPV6_FREEBIND
    {kTcp, 1, 0},                  // TCP_NODELAY
    {kTcp, 2, 32768, 88, 32767},   // TCP_MAXSEG
    {kTcp, 3, 0},                  // TCP_CORK
    {kTcp, 4, 7200, 1, 32767},     // TCP_KEEPIDLE
    {kTcp, 5, 75, 1, 32767},       // TCP_KEEPINTVL
    {kTcp, 6, 9, 1, 127},          // TCP_KEEPCNT
    {kTcp, 7, 6, 1, 127},          // TCP_SYNCNT
    {kTcp, 8, 60},                 // TCP_LINGER2
    {kTcp, 9, 0},                  // TCP_DEFER_ACCEPT
    {kTcp, 10, 0},                 // TCP_WINDOW_CLAMP
    {kTcp, 12, 1},                 // TCP_QUICKACK
    {kTcp, 16, 0, 0, 1},           // TCP_THIN_LINEAR_TIMEOUTS
    {kTcp, 18, 0, 0, 2147483647},  // TCP_USER_TIMEOUT
    {kTcp, 23, 0, 0, 2147483647},  // TCP_FASTOPEN
    {kTcp, 25, 0},                 // TCP_NOTSENT_LOWAT
    {kTcp, 30, 0, 0, 1},           // TCP_FASTOPEN_CONNECT
    {kTcp, 36, 0, 0, 1},           // TCP_INQ
    {kUdp, 1, 0},                  // UDP_CORK
    {kNetlink, 1, 0},              // NETLINK_ADD_MEMBERSHIP
    {kNetlink, 3, 0},              // NETLINK_PKTINFO
    {kNetlink, 10, 0},             // NETLINK_CAP_ACK
    {kNetlink, 11, 0},             // NETLINK_EXT_ACK
    {kNetlink, 12, 0},             // NETLINK_GET_STRICT_CHK
});

// What an option keeps of a value. EINVAL: not one of its.
Result<u32> plain_value(const PlainOption& plain, u32 value) {
    constexpr u32 kTypeOfService = 1, kTimeToLive = 2;
    const i32 number = static_cast<i32>(value);
    const bool by_default = plain.level == kIp && plain.option == kTimeToLive && number == -1;
    if (by_default) return plain.initial;
    if (number < plain.least || number > plain.most) return err(Errno::Einval);
    if (plain.level == kIp && plain.option == kTypeOfService) return value & 0xff;
    return value;
}

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

// What other families do not have.
bool is_for_unix(u32 level, u32 option) {
    constexpr u32 kPassSecurity = 34;
    return level == kSocketLevel && (option == kPassSecurity || option == kPassCredentials);
}

Result<Words> option_value(Socket& socket, u32 level, u32 option) {
    if (!knows_level(socket, level)) return err(Errno::Eopnotsupp);
    if (is_for_unix(level, option) && !socket.is_unix() && !socket.is_netlink())
        return err(Errno::Eopnotsupp);
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

/// The size doubled, for the room of what is kept beside the bytes.
u32 doubled_buffer(u32 wanted, bool sending, bool by_force) {
    constexpr u32 kLeastSent = 4608, kLeastReceived = 2304, kMost = 212992, kMostByForce = 1 << 28;
    return std::max(sending ? kLeastSent : kLeastReceived,
                    2 * std::min(wanted, by_force ? kMostByForce : kMost));
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
        case kReceiveBuffer: {
            const bool sending = option == kSendBuffer || option == kSendBufferForce;
            (sending ? o.send_buffer : o.receive_buffer) =
                doubled_buffer(value, sending, option == kSendBufferForce || option == kReceiveBufferForce);
            return {};
        }
        case kReusePort:
            if (socket.is_unix()) return err(Errno::Eopnotsupp);
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

// SO_RCVTIMEO_NEW and SO_SNDTIMEO_NEW are what the old ones are on this machine.
u32 without_width(u32 level, u32 option) {
    constexpr u32 kNewReceiveTimeout = 66, kNewSendTimeout = 67;
    if (level != kSocketLevel) return option;
    if (option == kNewReceiveTimeout) return kReceiveTimeout;
    return option == kNewSendTimeout ? u32{kSendTimeout} : option;
}

constexpr u32 kDevice = 25, kCongestion = 13;  // SO_BINDTODEVICE, TCP_CONGESTION

bool is_text(u32 level, u32 option) {
    return (level == kSocketLevel && option == kDevice) || (level == kTcp && option == kCongestion);
}

std::optional<std::string> text_value(const Socket& socket, u32 level, u32 option) {
    if (!is_text(level, option) || !knows_level(socket, level)) return std::nullopt;
    return level == kTcp ? socket.options.congestion : socket.options.device;
}

Result<u64> store_text(const std::string& text, u64 address, u64 size_address) {
    constexpr size_t kNameSize = 16;
    const u32 room = TRY(read_user(UserIn<u32>{{size_address}}));
    if (static_cast<i32>(room) < 0) return err(Errno::Einval);
    std::vector<u8> bytes(text.begin(), text.end());
    if (!text.empty()) bytes.resize(kNameSize);
    bytes.resize(std::min<size_t>(room, bytes.size()));
    TRY(copy_out({address}, bytes));
    TRY(write_user(UserOut<u32>{{size_address}}, as_u32(bytes.size())));
    return u64{0};
}

// There is one device, and two algorithms that nothing is controlled by.
Result<void> set_text(Socket& socket, u32 level, u64 address, u32 size) {
    constexpr u32 kNameSize = 15;
    std::vector<u8> bytes(std::min(size, kNameSize));
    TRY(copy_in(bytes, {address}));
    std::string text(bytes.begin(), bytes.end());
    text.resize(std::min(text.find('\0'), text.size()));
    if (level == kSocketLevel) {
        if (!text.empty() && text != "lo") return err(Errno::Enodev);
        socket.options.device = text;
        return {};
    }
    if (text != "cubic" && text != "reno") return err(Errno::Enoent);
    socket.options.congestion = text;
    return {};
}

constexpr u32 kJoinGroup = 35, kLeaveGroup = 36;  // IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP

// The device of a struct ip_mreqn, which a struct ip_mreq has not. There is one.
Result<bool> names_device(u64 address, u32 size) {
    constexpr u32 kWithDevice = 12, kLoopback = 1;
    if (size < kWithDevice) return true;
    return TRY(read_user(UserIn<u32>{{address + 8}})) <= kLoopback;
}

Result<void> change_membership(Socket& socket, bool join, u64 address, u32 size) {
    constexpr u32 kSmallest = 8;  // struct ip_mreq
    if (size < kSmallest) return err(Errno::Einval);
    const u32 group = TRY(read_user(UserIn<u32>{{address}}));
    const bool multicast = (group & 0xf0) == 0xe0;  // in the network's order
    std::set<u32>& groups = socket.options.groups;
    if (!join) return groups.erase(group) != 0 ? Result<void>() : err(Errno::Eaddrnotavail);
    if (!multicast) return err(Errno::Einval);
    if (!TRY(names_device(address, size))) return err(Errno::Enodev);
    if (groups.contains(group)) return err(Errno::Eaddrinuse);
    constexpr size_t kMost = 20;
    if (groups.size() >= kMost) return err(Errno::Enobufs);
    groups.insert(group);
    return {};
}

// IP_MULTICAST_IF, IPV6_MULTICAST_IF: an address of the interface, or its number; there is one.
bool is_multicast_interface(u32 level, u32 option) {
    constexpr u32 kIpInterface = 32, kIpv6Interface = 17;
    return (level == kIp && option == kIpInterface) || (level == kIpv6 && option == kIpv6Interface);
}

Result<void> set_multicast_interface(Socket& socket, u32 level, u64 address, u32 size) {
    constexpr u32 kAddressSize = 4, kGroupAndAddress = 8, kAndIndex = 12;  // in_addr, ip_mreq, ip_mreqn
    constexpr u32 kLoopbackIndex = 1;
    if (socket.is_stream()) return err(level == kIp ? Errno::Einval : Errno::Enoprotoopt);
    if (size < kAddressSize) return err(Errno::Einval);
    u32& kept = socket.options.multicast_interface[level];
    if (level == kIpv6) {
        const u32 index = TRY(read_user(UserIn<u32>{{address}}));
        if (index > kLoopbackIndex) return err(Errno::Enodev);
        kept = index;
        return {};
    }
    const u32 index = size < kAndIndex ? 0 : TRY(read_user(UserIn<u32>{{address + kGroupAndAddress}}));
    const u32 given =
        TRY(read_user(UserIn<u32>{{size < kGroupAndAddress ? address : address + kAddressSize}}));
    const bool local = given == 0 || (given & 0xff) == 127;  // in the network's order
    if (index > kLoopbackIndex || (index == 0 && !local)) return err(Errno::Eaddrnotavail);
    kept = given;
    return {};
}

}  // namespace

Result<u64> sys_getsockopt(const SyscallArgs& args) {
    constexpr u32 kInfo = 11;
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 level = as_u32(args[1]), option = without_width(level, as_u32(args[2]));
    if (const std::optional<std::string> text = text_value(at.socket, level, option))
        return store_text(*text, args[3], args[4]);
    if (is_multicast_interface(level, option) && knows_level(at.socket, level))
        return store_words({at.socket.options.multicast_interface[level]}, args[3], args[4]);
    if (level == kTcp && option == kInfo && knows_level(at.socket, level))
        return store_words(tcp_info(at.socket), args[3], args[4]);
    return store_words(TRY(option_value(at.socket, level, option)), args[3], args[4]);
}

Result<u64> sys_setsockopt(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    Socket& socket = at.socket;
    u32 level = as_u32(args[1]), option = without_width(level, as_u32(args[2])), size = as_u32(args[4]);
    if (static_cast<i32>(size) < 0) return err(Errno::Einval);
    if (!knows_level(socket, level)) return err(socket.is_unix() ? Errno::Eopnotsupp : Errno::Enoprotoopt);
    if (level == kSocketLevel && (option == kReceiveTimeout || option == kSendTimeout)) {
        SocketOptions& o = socket.options;
        TRY(set_timeout(option == kReceiveTimeout ? o.receive_timeout_ns : o.send_timeout_ns, args[3], size));
        return u64{0};
    }
    if (is_text(level, option)) {
        TRY(set_text(socket, level, args[3], size));
        return u64{0};
    }
    if (level == kIp && (option == kJoinGroup || option == kLeaveGroup)) {
        TRY(change_membership(socket, option == kJoinGroup, args[3], size));
        return u64{0};
    }
    if (is_multicast_interface(level, option)) {
        TRY(set_multicast_interface(socket, level, args[3], size));
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
    if (const PlainOption* plain = find_plain(level, option)) {
        constexpr u32 kPriority = 12, kPacingRate = 47;
        const bool is_switch = level == kSocketLevel && option != kPriority && option != kPacingRate;
        if (is_for_unix(level, option) && !socket.is_unix()) return err(Errno::Eopnotsupp);
        const u32 kept = TRY(plain_value(*plain, value));
        constexpr u32 kTime = 29, kExactTime = 35;  // one of them at a time
        if (level == kSocketLevel && (option == kTime || option == kExactTime))
            socket.options.plain[{level, kTime + kExactTime - option}] = 0;
        socket.options.plain[{level, option}] = is_switch ? (kept != 0 ? 1u : 0u) : kept;
        return u64{0};
    }
    if (level != kSocketLevel) return err(Errno::Enoprotoopt);
    TRY(set_socket_option(socket, option, value));
    return u64{0};
}

}  // namespace occlum::kernel
