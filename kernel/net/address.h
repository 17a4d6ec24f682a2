// Names of sockets: paths and abstract names (unix(7)), endpoints of the loopback network (ip(7), ipv6(7)).
#pragma once

#include <array>
#include <compare>
#include <string>
#include <vector>

#include "kernel/fs/inode.h"

namespace occlum::kernel {

enum class Family : u16 { Unspecified = 0, Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16 };

/// IPv4 addresses are kept in IPv6's form (::ffff:a.b.c.d).
struct IpAddress {
    std::array<u8, 16> bytes{};
    auto operator<=>(const IpAddress&) const = default;

    static IpAddress v4(u32 address);  ///< most significant byte first in the number
    static IpAddress loopback(Family family);
    static IpAddress any(Family family);
    bool is_v4() const;
    bool is_any() const;        ///< 0.0.0.0 or ::
    bool is_broadcast() const;  ///< 255.255.255.255
    bool is_multicast() const;  ///< 224.0.0.0/4
    u32 group() const;          ///< an IPv4 address as struct in_addr has it
    bool is_loopback() const;   ///< 127.0.0.0/8 or ::1
};

struct SocketName {
    Family family = Family::Unspecified;
    // Unix.
    RefPtr<Inode> file = nullptr;  ///< of a bound path
    bool abstract = false;
    std::string text = {};  ///< the path as given, or the abstract name without its NUL
    // Inet, Inet6.
    IpAddress ip = {};
    u16 port = 0;
    u32 scope = 0;  ///< Netlink: the port

    bool unnamed() const { return family == Family::Unspecified; }
};

/// struct sockaddr of this family, whole. An unnamed socket has the bare family, or an endpoint of zeroes.
std::vector<u8> encode_name(const SocketName& name, Family family);
/// EINVAL: too short or too long; EAFNOSUPPORT: not of `family`. An AF_UNSPEC address is an unnamed name.
Result<SocketName> decode_name(std::span<const u8> bytes, Family family);

}  // namespace occlum::kernel
