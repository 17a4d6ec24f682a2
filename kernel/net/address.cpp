#include "kernel/net/address.h"

#include <algorithm>
#include <bit>

namespace occlum::kernel {
namespace {

constexpr size_t kUnixSize = 110, kInetSize = 16, kInet6Size = 28, kInet6OldSize = 24, kNetlinkSize = 12;
constexpr std::array<u8, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void put_port(std::vector<u8>& bytes, u16 port) {
    bytes.push_back(static_cast<u8>(port >> 8));
    bytes.push_back(static_cast<u8>(port));
}

Result<SocketName> decode_unix(std::span<const u8> bytes) {
    if (bytes.size() > kUnixSize) return err(Errno::Einval);
    SocketName name{.family = Family::Unix};
    std::span<const u8> rest = bytes.subspan(2);
    name.text.assign(rest.begin(), rest.end());
    name.abstract = !name.text.empty() && name.text.front() == '\0';
    if (name.abstract)
        name.text.erase(0, 1);
    else
        name.text.resize(std::min(name.text.find('\0'), name.text.size()));
    return name;
}

// struct sockaddr_nl: the port in the machine's order, at byte 4.
std::vector<u8> encode_netlink(u32 port) {
    std::vector<u8> bytes{static_cast<u8>(Family::Netlink), 0, 0, 0};
    for (u32 shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<u8>(port >> shift & 0xff));
    bytes.resize(kNetlinkSize);
    return bytes;
}

Result<SocketName> decode_netlink(std::span<const u8> bytes, Family given) {
    if (given != Family::Netlink || bytes.size() < kNetlinkSize) return err(Errno::Einval);
    SocketName name{.family = Family::Netlink};
    for (u32 n = 0; n < 4; ++n) name.scope |= u32{bytes[4 + n]} << (8 * n);
    return name;
}

u16 port_in(std::span<const u8> bytes) { return static_cast<u16>(bytes[2] << 8 | bytes[3]); }

}  // namespace

IpAddress IpAddress::v4(u32 address) {
    IpAddress ip;
    std::ranges::copy(kMappedPrefix, ip.bytes.begin());
    for (size_t i = 0; i < 4; ++i) ip.bytes.at(12 + i) = static_cast<u8>(address >> (24 - 8 * i));
    return ip;
}

IpAddress IpAddress::loopback(Family family) {
    if (family == Family::Inet) return v4(0x7f00'0001);
    IpAddress ip;
    ip.bytes[15] = 1;
    return ip;
}

IpAddress IpAddress::any(Family family) { return family == Family::Inet ? v4(0) : IpAddress(); }

bool IpAddress::is_v4() const {
    return std::ranges::equal(std::span(bytes).first(kMappedPrefix.size()), kMappedPrefix);
}
bool IpAddress::is_multicast() const { return is_v4() && (bytes[12] & 0xf0) == 0xe0; }
u32 IpAddress::group() const {
    return std::bit_cast<u32>(std::array<u8, 4>{bytes[12], bytes[13], bytes[14], bytes[15]});
}
bool IpAddress::is_broadcast() const { return *this == v4(0xffff'ffff); }
bool IpAddress::is_any() const { return *this == v4(0) || *this == IpAddress(); }
bool IpAddress::is_loopback() const { return is_v4() ? bytes[12] == 127 : *this == loopback(Family::Inet6); }

std::vector<u8> encode_name(const SocketName& name, Family family) {
    std::vector<u8> bytes{static_cast<u8>(family), 0};
    if (family == Family::Unix) {
        if (name.unnamed()) return bytes;
        if (name.abstract) bytes.push_back(0);
        for (char c : name.text) bytes.push_back(static_cast<u8>(c));
        if (!name.abstract) bytes.push_back(0);
        return bytes;
    }
    if (family == Family::Netlink) return encode_netlink(name.scope);
    put_port(bytes, name.port);
    if (family == Family::Inet) {
        for (u8 byte : std::span(name.ip.bytes).subspan(12)) bytes.push_back(byte);
        bytes.resize(kInetSize);
        return bytes;
    }
    bytes.resize(8);
    bytes.insert(bytes.end(), name.ip.bytes.begin(), name.ip.bytes.end());
    bytes.push_back(static_cast<u8>(name.scope));
    bytes.resize(kInet6Size);
    return bytes;
}

Result<SocketName> decode_name(std::span<const u8> bytes, Family family) {
    if (bytes.size() < 2) return err(Errno::Einval);
    auto given = static_cast<Family>(bytes[0] | bytes[1] << 8);
    if (family == Family::Netlink) return decode_netlink(bytes, given);
    if (given == Family::Unspecified && family != Family::Unix) return SocketName();
    if (family == Family::Unix) {
        if (given != Family::Unix) return err(Errno::Einval);
        return decode_unix(bytes);
    }
    SocketName name{.family = family};
    if (given == Family::Inet && bytes.size() >= kInetSize) {
        if (family != Family::Inet) return err(Errno::Eafnosupport);
        u32 address = 0;
        for (size_t i = 4; i < 8; ++i) address = address << 8 | bytes[i];
        name.ip = IpAddress::v4(address);
    } else if (given == Family::Inet6 && bytes.size() >= kInet6OldSize) {
        if (family != Family::Inet6) return err(Errno::Eafnosupport);
        std::ranges::copy(bytes.subspan(8, 16), name.ip.bytes.begin());
        if (bytes.size() >= kInet6Size) name.scope = bytes[24];
    } else {
        return err(bytes.size() < kInetSize ? Errno::Einval : Errno::Eafnosupport);
    }
    name.port = port_in(bytes);
    return name;
}

}  // namespace occlum::kernel
