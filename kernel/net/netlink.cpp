// Netlink sockets: the kernel is the only other end.
#include <set>

#include "enclave/host.h"
#include "kernel/net/interfaces.h"
#include "kernel/net/names.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr u32 kFirstOther = 0xffff'f000;  // for whoever's own number is taken, downwards
constexpr size_t kMostMessage = 64 << 10;

std::set<u32>& ports_in_use() {
    static auto& ports = *new std::set<u32>;
    return ports;
}

u32 free_port() {
    u32 port = current_process().pid;
    if (ports_in_use().contains(port)) port = kFirstOther;
    while (ports_in_use().contains(port)) --port;
    return port;
}

}  // namespace

void release_netlink_port(u32 port) { ports_in_use().erase(port); }

Result<void> Socket::bind_netlink(u32 port) {
    // Again, with the same port, is for changing groups.
    if (!name_.unnamed()) {
        if (port != 0 && port != name_.scope) return err(Errno::Einval);
        return {};
    }
    if (port != 0 && ports_in_use().contains(port)) return err(Errno::Eaddrinuse);
    name_ = {.family = Family::Netlink, .scope = port != 0 ? port : free_port()};
    ports_in_use().insert(name_.scope);
    return {};
}

void Socket::post(std::span<const u8> bytes) {
    if (!inbox_has_room()) return;
    inbox_bytes_ += bytes.size();
    inbox_.push_back({.bytes = {bytes.begin(), bytes.end()},
                      .from = {.family = Family::Netlink},
                      .ancillary = {},
                      .received_ns = enclave::realtime_ns()});
    readable_.wake_all();
}

Result<size_t> Socket::send_netlink(const UserBuffer& from, const SocketName* to) {
    if (to != nullptr && to->scope != 0) return err(Errno::Econnrefused);
    if (from.size() > kMostMessage) return err(Errno::Emsgsize);
    TRY(bind_netlink(0));
    std::vector<u8> datagram(from.size());
    TRY(from.copy_from(0, datagram));
    for (std::vector<u8>& answer : answer_route_messages(datagram, name_.scope)) {
        if (!inbox_has_room()) return err(Errno::Enobufs);
        post(answer);
    }
    return from.size();
}

}  // namespace occlum::kernel
