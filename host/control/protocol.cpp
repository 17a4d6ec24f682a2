#include "host/control/protocol.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace occlum::host {

namespace {

struct Header {
    u32 kind, length;
};

constexpr size_t kFds = abi::kConsolesOfSession;
using FdBuffer = std::array<char, CMSG_SPACE(kFds * sizeof(int))>;

bool send_all(int socket, std::span<const u8> bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(sent));
    }
    return true;
}

bool receive_all(int socket, std::span<u8> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes = bytes.subspan(static_cast<size_t>(got));
    }
    return true;
}

/// The header, with the descriptors.
bool send_header(int socket, Header header, const ConsoleFds& fds) {
    iovec piece{&header, sizeof header};
    msghdr wire{};
    wire.msg_iov = &piece;
    wire.msg_iovlen = 1;
    alignas(cmsghdr) FdBuffer buffer{};
    if (fds[0].good()) {
        std::array<int, kFds> numbers{};
        std::ranges::transform(fds, numbers.begin(), &OwnedFd::get);
        wire.msg_control = buffer.data();
        wire.msg_controllen = buffer.size();
        cmsghdr* control = CMSG_FIRSTHDR(&wire);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof numbers);
        std::memcpy(CMSG_DATA(control), numbers.data(), sizeof numbers);
    }
    ssize_t sent = 0;
    while ((sent = sendmsg(socket, &wire, MSG_NOSIGNAL)) < 0 && errno == EINTR) continue;
    return sent == static_cast<ssize_t>(sizeof header);
}

void adopt(msghdr& wire, ConsoleFds& fds) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&wire); control != nullptr; control = CMSG_NXTHDR(&wire, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        std::array<int, kFds> numbers{};
        std::memcpy(numbers.data(), CMSG_DATA(control), std::min(count, kFds) * sizeof(int));
        for (size_t i = 0; i < std::min(count, kFds); ++i) fds.at(i) = OwnedFd(numbers.at(i));
    }
}

bool receive_header(int socket, Header& header, ConsoleFds& fds) {
    iovec piece{&header, sizeof header};
    msghdr wire{};
    wire.msg_iov = &piece;
    wire.msg_iovlen = 1;
    alignas(cmsghdr) FdBuffer buffer{};
    wire.msg_control = buffer.data();
    wire.msg_controllen = buffer.size();
    ssize_t got = 0;
    while ((got = recvmsg(socket, &wire, MSG_WAITALL | MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
    if (got > 0) adopt(wire, fds);
    return got == static_cast<ssize_t>(sizeof header);
}

/// Names the socket through the directory's descriptor: sun_path is short.
struct Place {
    OwnedFd directory;
    sockaddr_un address{};
};

std::optional<Place> place_of(const std::string& directory, const std::string& name) {
    Place place{OwnedFd(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
    if (!place.directory.good()) return std::nullopt;
    const std::string path = "/proc/self/fd/" + std::to_string(place.directory.get()) + "/" + name;
    if (path.size() >= sizeof place.address.sun_path) return std::nullopt;
    place.address.sun_family = AF_UNIX;
    std::memcpy(place.address.sun_path, path.c_str(), path.size() + 1);
    return place;
}

}  // namespace

u64 Message::number() const {
    u64 value = 0;
    if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

std::string Message::text() const {
    if (bytes.size() <= sizeof(u64)) return {};
    return {bytes.begin() + sizeof(u64), bytes.end()};
}

Message make_message(MessageKind kind, u64 number, const std::string& text) {
    Message message{kind, std::vector<u8>(sizeof number), {}};
    std::memcpy(message.bytes.data(), &number, sizeof number);
    message.bytes.insert(message.bytes.end(), text.begin(), text.end());
    return message;
}

bool send_message(int socket, const Message& message) {
    const Header header{static_cast<u32>(message.kind), static_cast<u32>(message.bytes.size())};
    return send_header(socket, header, message.fds) && send_all(socket, message.bytes);
}

std::optional<Message> receive_message(int socket) {
    Header header{};
    Message message;
    if (!receive_header(socket, header, message.fds) || header.length > kMostMessage) return std::nullopt;
    message.kind = static_cast<MessageKind>(header.kind);
    message.bytes.resize(header.length);
    if (!receive_all(socket, message.bytes)) return std::nullopt;
    return message;
}

std::expected<OwnedFd, std::string> listen_in(const std::string& directory, const std::string& name) {
    const auto failed = [&] { return std::unexpected(directory + "/" + name + ": " + std::strerror(errno)); };
    auto place = place_of(directory, name);
    OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!place || !socket.good()) return failed();
    (void)unlink(place->address.sun_path);
    const mode_t old = umask(0177);
    const int bound =
        bind(socket.get(), reinterpret_cast<const sockaddr*>(&place->address), sizeof place->address);
    umask(old);
    if (bound < 0 || listen(socket.get(), 16) < 0) return failed();
    return socket;
}

OwnedFd connect_to(const std::string& directory, const std::string& name) {
    auto place = place_of(directory, name);
    OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!place || !socket.good()) return {};
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&place->address), sizeof place->address) < 0)
        return {};
    return socket;
}

}  // namespace occlum::host
