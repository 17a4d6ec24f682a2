#include "host/control/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <thread>

namespace occlum::host {

namespace {

/// The end of a program is told by a vCPU's thread, the rest by the connection's own.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(OwnedFd socket, Sessions& sessions) : socket_(std::move(socket)), sessions_(sessions) {}

    void serve() {
        while (auto message = receive_message(socket_.get())) obey(*message);
        sessions_.hang_up(ticket_);
    }

private:
    void obey(Message& message) {
        switch (message.kind) {
            case MessageKind::Run:
                return run(message);
            case MessageKind::Signal:
                return pass_on(abi::CommandKind::Signal, message.number());
            case MessageKind::Window:
                return pass_on(abi::CommandKind::Window, 0);
            case MessageKind::Stop:
                return sessions_.stop(message.number());
            case MessageKind::Status:
                return answer(
                    make_message(MessageKind::Report, sessions_.running(), std::to_string(getpid())));
            default:
                return refuse("an unknown message");
        }
    }

    void run(Message& message) {
        if (ticket_.session != 0) return refuse("this connection has a program already");
        auto program = abi::decode_boot_config(message.bytes);
        if (!program || !message.fds[2].good()) return refuse("a malformed message");
        const auto tell = [self = shared_from_this()](u32 status, const std::string& why) {
            self->answer(make_message(MessageKind::Ended, status, why));
        };
        const auto session = sessions_.run(std::move(*program), std::move(message.fds), tell);
        if (session)
            ticket_ = *session;
        else if (session.error() == Errno::Eagain)
            refuse("too many programs run in this instance: wait for one to end");
        else
            refuse("the arguments and the environment are too long");
    }

    void pass_on(abi::CommandKind kind, u64 value) { sessions_.tell(ticket_, kind, value); }

    void refuse(const std::string& why) { answer(make_message(MessageKind::Refused, 0, why)); }

    void answer(const Message& message) {
        const std::lock_guard guard(lock_);
        (void)send_message(socket_.get(), message);
    }

    OwnedFd socket_;
    Sessions& sessions_;
    std::mutex lock_;
    SessionTicket ticket_;
};

/// The socket's mode keeps others out already.
bool is_owner(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return false;
    return peer.uid == getuid() || peer.uid == 0;
}

}  // namespace

void ControlServer::start() {
    std::thread([this] { accept_all(); }).detach();
}

void ControlServer::accept_all() {
    for (;;) {
        OwnedFd socket(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket.good()) {
            usleep(10'000);  // out of descriptors, perhaps
            continue;
        }
        if (!is_owner(socket.get())) continue;
        const auto connection = std::make_shared<Connection>(std::move(socket), sessions_);
        std::thread([connection] { connection->serve(); }).detach();
    }
}

}  // namespace occlum::host
