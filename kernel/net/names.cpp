#include "kernel/net/names.h"

#include <algorithm>

#include "enclave/host.h"

namespace occlum::kernel {
namespace {

using UnixKey = std::pair<const Inode*, std::string>;
UnixKey unix_key(const SocketName& name) { return {name.file.get(), name.file ? std::string() : name.text}; }

std::map<UnixKey, Socket*>& unix_names() {
    [[clang::no_destroy]] static std::map<UnixKey, Socket*> all;
    return all;
}

// By port; streams and datagrams have ports of their own.
using Ports = std::map<u16, std::vector<Socket*>>;
Ports& ports(bool datagram) {
    [[clang::no_destroy]] static Ports streams;
    [[clang::no_destroy]] static Ports datagrams;
    return datagram ? datagrams : streams;
}

bool is_datagram(const Socket& socket) { return socket.type == SocketType::Datagram; }

// Whether a socket bound to `bound` gets what is sent to `to`.
bool covers(const Socket& socket, const IpAddress& to) {
    const IpAddress& bound = socket.name().ip;
    if (bound == to) return true;
    if (!bound.is_any()) return false;
    if (bound.is_v4() || socket.options.v6_only) return bound.is_v4() == to.is_v4();
    return true;
}

}  // namespace

bool SocketNames::conflicts(const Socket& socket, const SocketName& name) {
    auto taken = ports(is_datagram(socket)).find(name.port);
    if (taken == ports(is_datagram(socket)).end()) return false;
    for (const Socket* other : taken->second) {
        if (other == &socket) continue;
        const IpAddress& theirs = other->name().ip;
        bool same_version = theirs.is_v4() == name.ip.is_v4();
        bool mixed = (!theirs.is_v4() && theirs.is_any() && !other->options.v6_only) ||
                     (!name.ip.is_v4() && name.ip.is_any() && !socket.options.v6_only);
        if (!same_version && !mixed) continue;
        if (theirs != name.ip && !theirs.is_any() && !name.ip.is_any()) continue;
        if (socket.options.reuse_port && other->options.reuse_port) continue;
        bool shared = socket.options.reuse_address && other->options.reuse_address;
        // Only a listener keeps others out that are ready to share.
        if (shared && (is_datagram(socket) || !other->listening())) continue;
        return true;
    }
    return false;
}

bool SocketNames::may_listen(const Socket& socket) {
    return socket.is_unix() || !conflicts(socket, socket.name());
}

Result<void> SocketNames::add_endpoint(Socket& socket, SocketName& name) {
    constexpr u32 kFirst = 32768, kCount = 28232;
    Ports& table = ports(is_datagram(socket));
    if (name.port == 0) {
        std::array<u8, 2> random;
        enclave::random_bytes(random);
        u32 start = static_cast<u32>(random[0] << 8 | random[1]);
        for (u32 n = 0; n < kCount && name.port == 0; ++n) {
            auto port = static_cast<u16>(kFirst + (start + n) % kCount);
            if (!table.contains(port)) name.port = port;
        }
        if (name.port == 0) return err(Errno::Eaddrinuse);
    } else if (conflicts(socket, name)) {
        return err(Errno::Eaddrinuse);
    }
    table[name.port].push_back(&socket);
    return {};
}

Result<void> SocketNames::add(Socket& socket, SocketName& name) {
    if (name.family != Family::Unix) return add_endpoint(socket, name);
    if (!unix_names().emplace(unix_key(name), &socket).second) return err(Errno::Eaddrinuse);
    return {};
}

void SocketNames::remove(Socket& socket) {
    const SocketName& name = socket.name();
    if (name.unnamed()) return;
    if (name.family == Family::Netlink) return release_netlink_port(name.scope);
    if (name.family == Family::Unix) {
        auto found = unix_names().find(unix_key(name));
        if (found != unix_names().end() && found->second == &socket) unix_names().erase(found);
        return;
    }
    Ports& table = ports(is_datagram(socket));
    auto found = table.find(name.port);
    if (found == table.end()) return;
    std::erase(found->second, &socket);
    if (found->second.empty()) table.erase(found);
}

Socket* SocketNames::find(const SocketName& name, bool datagram) {
    if (name.family == Family::Unix) {
        auto found = unix_names().find(unix_key(name));
        return found == unix_names().end() ? nullptr : found->second;
    }
    auto found = ports(datagram).find(name.port);
    if (found == ports(datagram).end()) return nullptr;
    std::vector<Socket*>& sockets = found->second;
    Socket* best = nullptr;
    for (Socket* socket : sockets) {
        bool usable = covers(*socket, name.ip) && (datagram || socket->listening());
        bool exact = usable && socket->name().ip == name.ip;
        if (usable && (best == nullptr || (exact && best->name().ip != name.ip))) best = socket;
    }
    // Those that share a port take turns.
    if (best != nullptr && best->options.reuse_port) {
        std::erase(sockets, best);
        sockets.push_back(best);
    }
    return best;
}

std::string SocketNames::free_text() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    static u32 last = 0;
    for (;;) {
        ++last;
        std::string text;
        for (u32 shift = 20; shift > 0; shift -= 4) text += kDigits[last >> (shift - 4) & 15];
        if (!unix_names().contains({nullptr, text})) return text;
    }
}

}  // namespace occlum::kernel
