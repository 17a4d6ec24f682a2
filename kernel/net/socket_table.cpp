#include "kernel/net/socket_table.h"

#include <algorithm>

#include "kernel/fs/constants.h"

namespace occlum::kernel {
namespace {

std::string hex(u64 number, size_t width) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text(width, '0');
    for (size_t at = width; at-- > 0; number >>= 4) text[at] = kDigits[number & 15];
    return text;
}

std::string right(u64 number, size_t width) {
    const std::string digits = std::to_string(number);
    return std::string(width - std::min(width, digits.size()), ' ') + digits;
}

// Words of four bytes, each in the machine's order.
std::string endpoint(const SocketName& name, Family family) {
    std::string text;
    const auto bytes = std::span(name.ip.bytes).subspan(family == Family::Inet ? 12 : 0);
    for (size_t word = 0; word < bytes.size(); word += 4)
        for (size_t byte = 4; byte-- > 0;) text += hex(bytes[word + byte], 2);
    return text + ":" + hex(name.port, 4);
}

struct Owner {
    u64 uid = 0, inode = 0;
};
Owner owner_of(Socket& socket) {
    const auto attributes = socket.attributes();
    return attributes ? Owner{attributes->uid, attributes->inode} : Owner{};
}

// As the kernel numbers the states of TCP.
u64 state_of(Socket& socket) {
    constexpr u64 kEstablished = 1, kClosed = 7, kCloseWait = 8, kListen = 10;
    if (socket.listening()) return kListen;
    if (!socket.connected()) return kClosed;
    if (!socket.is_stream()) return kEstablished;
    return (socket.poll(nullptr) & kPollReadHangUp) != 0 ? kCloseWait : kEstablished;
}

bool is_shown(const Socket& socket) {
    if (socket.is_stream()) return socket.listening() || socket.connected();
    return !socket.name().unnamed();
}

}  // namespace

std::string endpoint_table(Family family, SocketType type) {
    std::string text;
    u64 line = 0;
    for (Socket* socket : Socket::all()) {
        if (socket->family != family || socket->type != type || !is_shown(*socket)) continue;
        const SocketName nobody{.family = family, .ip = IpAddress::any(family)};
        const Owner owner = owner_of(*socket);
        text += right(line++, type == SocketType::Stream ? 4 : 5) + ": " + endpoint(socket->name(), family) +
                " " + endpoint(socket->peer_name().value_or(nobody), family) + " " +
                hex(state_of(*socket), 2) + " 00000000:" + hex(socket->unread(), 8) +
                " 00:00000000 00000000 " + right(owner.uid, 5) + "        0 " + std::to_string(owner.inode);
        text += type == SocketType::Stream ? " 1 0000000000000000 100 0 0 10 0\n" : " 2 0000000000000000 0\n";
    }
    return text;
}

std::string unix_table() {
    constexpr u64 kAccepts = 0x10000, kUnconnected = 1, kConnected = 3;
    std::string text;
    for (Socket* socket : Socket::all()) {
        if (!socket->is_unix()) continue;
        const u64 state = socket->connected() ? kConnected : kUnconnected;
        const std::string inode = right(owner_of(*socket).inode, 5);
        text += "0000000000000000: 00000002 00000000 " + hex(socket->listening() ? kAccepts : 0, 8) + " " +
                hex(static_cast<u64>(socket->type), 4) + " " + hex(state, 2) + " " + inode;
        const SocketName& name = socket->name();
        if (!name.unnamed()) text += (name.abstract ? " @" : " ") + name.text;
        text += '\n';
    }
    return text;
}

}  // namespace occlum::kernel
