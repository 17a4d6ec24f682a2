// Names, connections and their ends.
#include <algorithm>

#include "kernel/net/names.h"
#include "kernel/net/socket.h"
#include "kernel/task/current.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr u32 kMostBacklog = 4096;
constexpr size_t kStreamCapacity = 256 << 10;
constexpr u16 kFirstFreePort = 1024;

}  // namespace

void Socket::connect_pair(Socket& one, Socket& other) {
    for (auto [end, far] : {std::pair(&one, &other), std::pair(&other, &one)}) {
        end->peer_ = far;
        end->was_connected_ = true;
        end->peer_identity_ = far->owner_;
        end->peer_name_ = far->name_;
    }
    if (one.type == SocketType::Datagram && &one != &other) {
        one.followers_.push_back(&other);
        other.followers_.push_back(&one);
    }
    if (one.is_stream()) {
        auto there = make_ref<Channel>(), back = make_ref<Channel>();
        for (const Ref<Channel>& channel : {there, back})
            static_cast<void>(channel->pipe->set_capacity(kStreamCapacity));
        one.outgoing_ = other.incoming_ = RefPtr<Channel>(there);
        one.incoming_ = other.outgoing_ = RefPtr<Channel>(back);
        for (Socket* end : {&one, &other}) {
            end->incoming_->pipe->add_reader();
            end->outgoing_->pipe->add_writer();
            end->reads_ = end->writes_ = true;
        }
    }
    one.wake();
    other.wake();
}

Result<void> Socket::bind(SocketName name) {
    if (is_netlink()) return bind_netlink(name.scope);
    if (!name_.unnamed()) return err(Errno::Einval);
    if (!is_unix()) {
        const bool group = name.ip.is_multicast() && type == SocketType::Datagram;
        if (!name.ip.is_any() && !name.ip.is_loopback() && !group) return err(Errno::Eaddrnotavail);
        bool low = name.port != 0 && name.port < kFirstFreePort;
        if (low && !current_credentials().is_superuser()) return err(Errno::Eacces);
    }
    TRY(SocketNames::add(*this, name));
    name_ = std::move(name);
    return {};
}

Result<void> Socket::bind_automatically() {
    if (!name_.unnamed()) return {};
    SocketName name{.family = family};
    if (is_unix()) {
        name.abstract = true;
        name.text = SocketNames::free_text();
    } else {
        name.ip = IpAddress::any(family);
    }
    return bind(std::move(name));
}

Result<void> Socket::listen(u32 backlog) {
    if (!connection_oriented()) return err(Errno::Eopnotsupp);
    if (connected() || (is_unix() && name_.unnamed())) return err(Errno::Einval);
    TRY(bind_automatically());
    if (!listening_ && !SocketNames::may_listen(*this)) return err(Errno::Eaddrinuse);
    listening_ = true;
    // As Linux: negative means much, and there is always room for one more than asked for.
    backlog_ = std::min(backlog, kMostBacklog - 1) + 1;
    peer_identity_ = owner_;
    wake();
    return {};
}

Result<Ref<Socket>> Socket::find_listener(const SocketName& name) {
    SocketName to = name;
    if (!is_unix()) {
        // Whoever connects to "any" means this host.
        if (to.ip.is_any()) to.ip = IpAddress::loopback(to.ip.is_v4() ? Family::Inet : Family::Inet6);
        if (!to.ip.is_loopback()) return err(Errno::Enetunreach);
    }
    Socket* listener = SocketNames::find(to, false);
    if (listener == nullptr) return err(Errno::Econnrefused);
    if (listener->type != type) return err(name.abstract ? Errno::Econnrefused : Errno::Eprototype);
    if (!listener->listening_) return err(Errno::Econnrefused);
    return Ref<Socket>(*listener);
}

Result<void> Socket::connect_stream(const SocketName& name) {
    if (listening_) return err(is_unix() ? Errno::Einval : Errno::Eisconn);
    if (connected()) {
        if (!std::exchange(connecting_, false)) return err(Errno::Eisconn);
        return {};
    }
    if (error_ != Errno{}) return err(std::exchange(error_, Errno{}));
    bool later = !is_unix() && non_blocking();
    std::optional<u64> until = deadline(options.send_timeout_ns);
    for (;;) {
        Result<Ref<Socket>> found = find_listener(name);
        if (!found) {
            if (!later || found.error() != Errno::Econnrefused) return err(found.error());
            error_ = found.error();
            wake();
            return err(Errno::Einprogress);
        }
        Ref<Socket> listener = *found;
        if (listener->waiting_.size() < listener->backlog_ || later) {
            if (listener->waiting_.size() >= kMostBacklog) return err(Errno::Econnrefused);
            if (!is_unix()) {
                TRY(bind_automatically());
                if (name_.ip.is_any())
                    name_.ip = IpAddress::loopback(name.ip.is_v4() ? Family::Inet : Family::Inet6);
            }
            Ref<Socket> served = make_socket(family == listener->family ? family : listener->family, type, 0,
                                             listener->owner_);
            served->name_ = listener->name_;
            served->options = listener->options;
            if (!is_unix() && served->name_.ip.is_any())
                served->name_.ip = name.ip.is_any()
                                       ? IpAddress::loopback(name.ip.is_v4() ? Family::Inet : Family::Inet6)
                                       : name.ip;
            connect_pair(*this, *served);
            served->peer_identity_ =
                PeerIdentity{current_process().pid, current_credentials().euid, current_credentials().egid};
            peer_identity_ = listener->peer_identity_;
            listener->waiting_.push_back(served);
            listener->readable_.wake_all();
            connecting_ = later;
            if (later) return err(Errno::Einprogress);
            return {};
        }
        if (non_blocking()) return err(Errno::Eagain);
        Result<void> waited = wait_until(
            listener->writable_,
            [&] { return listener->closed_ || listener->waiting_.size() < listener->backlog_; }, until);
        if (!waited) return err(wait_failure(waited.error(), options.send_timeout_ns));
    }
}

Result<void> Socket::connect_datagram(const SocketName& name) {
    disconnect();
    if (name.unnamed()) return {};
    SocketName to = name;
    if (is_unix()) {
        Socket* target = SocketNames::find(to, true);
        if (target == nullptr) return err(Errno::Econnrefused);
        if (target->type != type) return err(name.abstract ? Errno::Econnrefused : Errno::Eprototype);
        // One that is connected takes messages from its peer only.
        if (target->peer_ != nullptr && target->peer_ != this) return err(Errno::Eperm);
        peer_ = target;
        if (target != this) target->followers_.push_back(this);
    } else {
        if (to.ip.is_any()) to.ip = IpAddress::loopback(to.ip.is_v4() ? Family::Inet : Family::Inet6);
        if (to.ip.is_broadcast() && !options.broadcast) return err(Errno::Eacces);
        if (!to.ip.is_loopback() && !to.ip.is_multicast()) return err(Errno::Enetunreach);
        TRY(bind_automatically());
        if (name_.ip.is_any()) name_.ip = IpAddress::loopback(to.ip.is_v4() ? Family::Inet : Family::Inet6);
    }
    peer_name_ = to;
    was_connected_ = true;
    wake();
    return {};
}

void Socket::disconnect() {
    if (peer_ != nullptr && type == SocketType::Datagram) std::erase(peer_->followers_, this);
    peer_ = nullptr;
    was_connected_ = false;
    peer_name_ = {};
}

Result<void> Socket::connect(const SocketName& name) {
    // There is nobody but the kernel.
    if (is_netlink()) return name.scope == 0 ? bind_automatically() : err(Errno::Econnrefused);
    if (type == SocketType::Datagram) return connect_datagram(name);
    if (name.unnamed()) {
        if (is_unix()) return err(Errno::Einval);
        break_off();
        forget_connection();
        return {};
    }
    return connect_stream(name);
}

Result<Ref<Socket>> Socket::accept(u32 flags) {
    if (!connection_oriented()) return err(Errno::Eopnotsupp);
    if (!listening_) return err(Errno::Einval);
    if (waiting_.empty()) {
        if (non_blocking()) return err(Errno::Eagain);
        Result<void> waited = wait_until(
            readable_, [&] { return !waiting_.empty() || closed_ || !listening_; },
            deadline(options.receive_timeout_ns));
        if (!waited) return err(wait_failure(waited.error(), options.receive_timeout_ns));
        if (waiting_.empty()) return err(Errno::Einval);
    }
    Ref<Socket> served = waiting_.front();
    waiting_.pop_front();
    writable_.wake_all();
    served->set_status_flags(flags & kOpenNonBlock);
    return served;
}

void Socket::stop_reading() {
    no_more_reading_ = true;
    if (std::exchange(reads_, false)) incoming_->pipe->remove_reader();
}

void Socket::stop_writing() {
    no_more_writing_ = true;
    if (std::exchange(writes_, false)) outgoing_->pipe->remove_writer();
    if (peer_ == nullptr || type != SocketType::SeqPacket) return;
    peer_->peer_ended_ = true;
    peer_->wake();
}

Result<void> Socket::shutdown(bool reading, bool writing) {
    if (listening_ && !is_unix() && reading) {
        // TCP: the listener stops listening.
        listening_ = false;
        for (Ref<Socket>& never_accepted : waiting_) never_accepted->closed();
        waiting_.clear();
        wake();
        return {};
    }
    if (!is_unix() && (!connected() || tcp_is_over())) return err(Errno::Enotconn);
    // TCP tells nobody that it will not be read, and what comes all the same can be.
    if (reading && is_tcp()) no_more_reading_ = true;
    if (reading && !is_tcp()) stop_reading();
    if (writing) stop_writing();
    wake();
    if (peer_ != nullptr) peer_->wake();
    return {};
}

// The connection is over for both sides.
void Socket::break_off() {
    // What has not been read tells the peer that it was not wanted.
    bool unread = !inbox_.empty() || (incoming_ && incoming_->pipe->used() != 0);
    // SO_LINGER without time: the connection is reset, not closed (socket(7)).
    bool reset =
        type == SocketType::Stream && !is_unix() && options.linger_on != 0 && options.linger_seconds == 0;
    stop_reading();
    stop_writing();
    Socket* peer = std::exchange(peer_, nullptr);
    if (peer == nullptr || peer == this) return;
    if (type == SocketType::Datagram) {
        std::erase(peer->followers_, this);
        return;
    }
    peer->peer_ = nullptr;
    peer->peer_ended_ = true;
    if (unread || reset) {
        peer->error_ = Errno::Econnreset;
        peer->was_reset_ = true;
    }
    peer->wake();
}

// After it was broken off: another may be made.
void Socket::forget_connection() {
    incoming_ = outgoing_ = nullptr;
    was_connected_ = connecting_ = peer_ended_ = no_more_reading_ = no_more_writing_ = was_reset_ = false;
    peer_name_ = {};
    wake();
}

void Socket::closed() {
    if (std::exchange(closed_, true)) return;
    SocketNames::remove(*this);
    break_off();
    for (Socket* follower : std::exchange(followers_, {})) {
        if (follower->peer_ != this) continue;
        follower->peer_ = nullptr;
        // A datagram that nobody has read is lost, and nobody is told.
        if (is_unix() && connection_oriented() && !inbox_.empty()) follower->error_ = Errno::Econnreset;
        follower->wake();
    }
    inbox_.clear();
    if (incoming_) incoming_->marks.clear();
    for (Ref<Socket>& never_accepted : waiting_) never_accepted->closed();
    waiting_.clear();
    wake();
}

}  // namespace occlum::kernel
