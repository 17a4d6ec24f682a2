// Sending and receiving.
#include <algorithm>

#include "enclave/host.h"
#include "kernel/fs/poll_wait.h"
#include "kernel/net/names.h"
#include "kernel/net/socket.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

// What a peek shows stays where it is: descriptors are given twice.
Ancillary take_ancillary(Ancillary& from, bool peeking) { return peeking ? from : std::exchange(from, {}); }

}  // namespace

Result<size_t> Socket::send(const UserBuffer& from, u32 flags, const SocketName* to, Ancillary ancillary) {
    if ((flags & kMessageOutOfBand) != 0 && !is_stream()) return err(Errno::Eopnotsupp);
    if (error_ != Errno{}) {
        // A UNIX stream that was reset says so to readers only.
        if (is_unix() && is_stream()) return err(Errno::Epipe);
        return err(std::exchange(error_, Errno{}));
    }
    if (no_more_writing_) return err(Errno::Epipe);
    Ref<Socket> keep(*this);
    if (is_netlink()) return send_netlink(from, to);
    // The receiver asks for the sender's identity, or the sender told it.
    bool identify =
        is_unix() && (options.pass_credentials || (peer_ != nullptr && peer_->options.pass_credentials));
    if (identify && !ancillary.credentials)
        ancillary.credentials =
            PeerIdentity{current_process().pid, current_credentials().uid, current_credentials().gid};
    if (is_stream()) {
        if (to != nullptr && is_unix()) return err(connected() ? Errno::Eisconn : Errno::Eopnotsupp);
        return send_stream(from, flags, std::move(ancillary));
    }
    return send_record(from, flags, to, std::move(ancillary));
}

// The first bytes for a TCP socket that is closed are taken: only the answer to them tells that nobody is
// there.
bool Socket::refused_by_closed_peer() {
    if (!is_tcp() || !was_connected_ || peer_ != nullptr || std::exchange(was_reset_, true)) return false;
    error_ = Errno::Epipe;
    wake();
    return true;
}

Result<size_t> Socket::send_stream(const UserBuffer& from, u32 flags, Ancillary ancillary) {
    if (!outgoing_) return err(is_unix() ? Errno::Enotconn : Errno::Epipe);
    if (from.size() == 0) return size_t{0};
    if (refused_by_closed_peer()) return from.size();
    Ref<Channel> channel(*outgoing_);
    Pipe& pipe = *channel->pipe;
    bool non_blocking_now = non_blocking() || (flags & kMessageDontWait) != 0;
    std::optional<u64> until = deadline(options.send_timeout_ns);
    bool marked = !ancillary.empty();
    if (marked)
        channel->marks.push_back({channel->written, channel->written + from.size(), std::move(ancillary)});
    std::array<u8, 1> last{};
    const bool urgent = (flags & kMessageOutOfBand) != 0;
    if (urgent) TRY(from.copy_from(from.size() - 1, last));
    size_t done = 0;
    Errno failure{};
    while (done < from.size()) {
        Result<size_t> put = pipe.write(from.slice(done, from.size() - done), true);
        if (put) {
            done += *put;
            channel->written += *put;
            continue;
        }
        failure = put.error();
        if (failure != Errno::Eagain || non_blocking_now) break;
        PollWaiter waiter;
        static_cast<void>(pipe.poll_write(&waiter));
        if (pipe.used() < pipe.capacity() && pipe.capacity() - pipe.used() >= Pipe::kAtomic) continue;
        if (Result<void> slept = block(until); !slept) {
            failure = wait_failure(slept.error(), options.send_timeout_ns);
            break;
        }
        if (no_more_writing_) return err(Errno::Epipe);
    }
    if (urgent && done == from.size()) set_urgent(last[0]);
    if (done != 0) return done;
    if (marked && !channel->marks.empty() && channel->marks.back().offset == channel->written)
        channel->marks.pop_back();
    if (is_tcp() && failure == Errno::Epipe && error_ != Errno{}) return err(std::exchange(error_, Errno{}));
    return err(failure);
}

// Whom a message goes to, for sockets of messages. Null data: nobody listens there.
Result<Ref<Socket>> Socket::record_target(const SocketName* to) {
    if (type == SocketType::SeqPacket) {
        if (!was_connected_) return err(Errno::Enotconn);
        if (peer_ == nullptr) return err(Errno::Epipe);
        return Ref<Socket>(*peer_);
    }
    if (is_unix() && to == nullptr) {
        if (!was_connected_) return err(Errno::Enotconn);
        if (peer_ == nullptr) return err(Errno::Econnrefused);
        return Ref<Socket>(*peer_);
    }
    if (to == nullptr && !was_connected_) {
        TRY(bind_automatically());
        return err(Errno::Edestaddrreq);
    }
    SocketName name = to != nullptr ? *to : peer_name_;
    if (!is_unix()) {
        if (name.port == 0) return err(Errno::Einval);
        if (name.ip.is_any()) name.ip = IpAddress::loopback(name.ip.is_v4() ? Family::Inet : Family::Inet6);
        if (name.ip.is_broadcast() && !options.broadcast) return err(Errno::Eacces);
        if (!name.ip.is_loopback()) return err(Errno::Enetunreach);
        TRY(bind_automatically());
    }
    Socket* target = SocketNames::find(name, true);
    if (target == nullptr) return err(Errno::Econnrefused);
    if (target->type != type) return err(name.abstract ? Errno::Econnrefused : Errno::Eprototype);
    bool taken = target->peer_ != nullptr && target->peer_ != this;
    if (is_unix() && taken) return err(Errno::Eperm);
    return Ref<Socket>(*target);
}

Result<void> Socket::wait_for_inbox(Socket& target, bool non_blocking_now) {
    if (target.inbox_has_room()) return {};
    if (non_blocking_now) return err(Errno::Eagain);
    Result<void> waited = wait_until(
        target.writable_, [&] { return target.inbox_has_room() || target.closed_; },
        deadline(options.send_timeout_ns));
    if (!waited) return err(wait_failure(waited.error(), options.send_timeout_ns));
    if (target.closed_) return err(connection_oriented() ? Errno::Epipe : Errno::Econnrefused);
    return {};
}

// Whether a datagram to the group reaches this socket, when anybody has joined that.
bool Socket::hears(const SocketName& group) const {
    constexpr std::pair<u32, u32> kAllGroups{0, 49};  // IP_MULTICAST_ALL
    if (family != Family::Inet || type != SocketType::Datagram || name_.port != group.port) return false;
    if (!name_.ip.is_any() && name_.ip != group.ip) return false;
    if (was_connected_) return false;
    const auto kept = options.plain.find(kAllGroups);
    const bool all = kept == options.plain.end() || kept->second != 0;
    return all || options.groups.contains(group.ip.group());
}

// Multicast: whoever hears it gets a copy, if there is room for one.
Result<size_t> Socket::send_to_group(const UserBuffer& from, const SocketName& group) {
    constexpr std::pair<u32, u32> kLoop{0, 34};  // IP_MULTICAST_LOOP
    TRY(bind_automatically());
    SocketMessage message{.bytes = std::vector<u8>(from.size()),
                          .from = name_,
                          .ancillary = {},
                          .received_ns = enclave::realtime_ns()};
    if (message.from.ip.is_any() || message.from.ip.is_multicast())
        message.from.ip = IpAddress::loopback(Family::Inet);
    TRY(from.copy_from(0, message.bytes));
    const auto loop = options.plain.find(kLoop);
    const bool looped = loop == options.plain.end() || loop->second != 0;
    const bool joined = std::ranges::any_of(
        all(), [&](const Socket* socket) { return socket->options.groups.contains(group.ip.group()); });
    if (!looped || !joined) return from.size();
    for (Socket* socket : all())
        if (socket->hears(group) && socket->inbox_has_room() && !socket->no_more_reading_)
            socket->take_in(message);
    return from.size();
}

void Socket::take_in(SocketMessage message) {
    inbox_bytes_ += message.bytes.size();
    inbox_.push_back(std::move(message));
    readable_.wake_all();
}

Result<size_t> Socket::send_record(const UserBuffer& from, u32 flags, const SocketName* to,
                                   Ancillary ancillary) {
    if (from.size() > (is_unix() ? options.send_buffer - 32 : kMostDatagram)) return err(Errno::Emsgsize);
    if (to != nullptr && to->unnamed()) to = nullptr;
    const SocketName& group = to != nullptr ? *to : peer_name_;
    if (!is_unix() && group.ip.is_multicast())
        return group.port != 0 ? send_to_group(from, group) : err(Errno::Einval);
    Result<Ref<Socket>> found = record_target(to);
    if (!found) {
        if (is_unix() || found.error() != Errno::Econnrefused) return err(found.error());
        // The network takes the packet; a connected sender hears later that nobody was there.
        if (was_connected_) {
            error_ = Errno::Econnrefused;
            wake();
        }
        return from.size();
    }
    Ref<Socket> target = *found;
    if (target->no_more_reading_) return err(is_unix() ? Errno::Epipe : Errno::Econnrefused);
    bool non_blocking_now = non_blocking() || (flags & kMessageDontWait) != 0;
    if (is_unix()) TRY(wait_for_inbox(target, non_blocking_now));
    SocketMessage message{
        .bytes = std::vector<u8>(from.size()), .from = name_, .ancillary = {}, .received_ns = 0};
    if (!is_unix() && message.from.ip.is_any())
        message.from.ip = IpAddress::loopback(
            (to != nullptr ? to->ip : peer_name_.ip).is_v4() ? Family::Inet : Family::Inet6);
    TRY(from.copy_from(0, message.bytes));
    // A UDP socket that is connected hears its peer only; a full one loses packets.
    if (!is_unix()) {
        bool deaf = target->was_connected_ && (target->peer_name_.port != message.from.port);
        if (deaf || !target->inbox_has_room()) return from.size();
    }
    bool identify = is_unix() && target->options.pass_credentials && !ancillary.credentials;
    if (identify)
        ancillary.credentials =
            PeerIdentity{current_process().pid, current_credentials().uid, current_credentials().gid};
    message.ancillary = std::move(ancillary);
    message.received_ns = enclave::realtime_ns();
    target->take_in(std::move(message));
    return from.size();
}

Result<Received> Socket::receive(const UserBuffer& to, u32 flags) {
    if ((flags & kMessageErrorQueue) != 0) return err(Errno::Eagain);
    if ((flags & kMessageOutOfBand) != 0 && (is_stream() || is_unix()) && !listening_)
        return receive_urgent(to, (flags & kMessagePeek) != 0);
    if (listening_) return err(is_unix() ? Errno::Einval : Errno::Enotconn);
    Ref<Socket> keep(*this);
    return is_stream() ? receive_stream(to, flags) : receive_record(to, flags);
}

// Takes bytes up to the next mark. Ancillary data comes with the first.
Result<size_t> Socket::receive_run(const UserBuffer& to, bool peeking, Received& result) {
    Channel& channel = *incoming_;
    std::deque<Channel::Mark>& marks = channel.marks;
    u64 limit = to.size();
    size_t skipped = 0;
    if (at_urgent_mark()) {
        // A receive does not go on across the mark.
        if (result.size != 0) return size_t{0};
        if (!peeking)
            pass_urgent();
        else if (!urgent_in_line())
            skipped = 1;
    } else if (channel.urgent && channel.urgent->offset > channel.taken) {
        limit = std::min(limit, channel.urgent->offset - channel.taken);
    }
    if (!marks.empty() && marks.front().offset <= channel.taken) {
        // A mark in the middle of a receive ends it.
        if (result.size != 0) return size_t{0};
        result.ancillary = take_ancillary(marks.front().ancillary, peeking);
        // Bytes that came with descriptors are not read together with what came later.
        if (!result.ancillary.rights.empty()) limit = std::min(limit, marks.front().end - channel.taken);
        if (!peeking) marks.pop_front();
    }
    for (const Channel::Mark& mark : marks) {
        if (mark.offset <= channel.taken) continue;
        limit = std::min(limit, mark.offset - channel.taken);
        break;
    }
    if (peeking) {
        std::vector<u8> bytes(std::min<u64>(limit + skipped, channel.pipe->used()));
        bytes.resize(TRY(channel.pipe->peek(bytes)));
        const auto seen = std::span<const u8>(bytes).subspan(std::min(skipped, bytes.size()));
        TRY(to.copy_to(0, seen));
        return seen.size();
    }
    size_t got = TRY(channel.pipe->read(to.slice(0, limit), true));
    channel.taken += got;
    return got;
}

Result<Received> Socket::receive_stream(const UserBuffer& to, u32 flags) {
    if (!incoming_) {
        if (no_more_reading_) return Received();
        return err(is_unix() ? Errno::Einval : Errno::Enotconn);
    }
    Ref<Channel> channel(*incoming_);
    Received result;
    bool peeking = (flags & kMessagePeek) != 0;
    bool non_blocking_now = non_blocking() || (flags & kMessageDontWait) != 0;
    std::optional<u64> until = deadline(options.receive_timeout_ns);
    size_t wanted = (flags & kMessageWaitAll) != 0 ? to.size() : 1;
    while (result.size < to.size()) {
        if (readable_bytes() != 0) {
            Result<size_t> got = receive_run(to.slice(result.size, to.size() - result.size), peeking, result);
            if (!got && result.size == 0) return err(got.error());
            if (!got || *got == 0) break;
            result.size += *got;
            if (result.size >= wanted || peeking || !result.ancillary.rights.empty()) break;
            continue;
        }
        if (result.size >= wanted) break;
        const bool failed = error_ != Errno{} && error_ != Errno::Epipe;
        if (failed && result.size == 0) return err(std::exchange(error_, Errno{}));
        if (!channel->pipe->has_writer() || no_more_reading_) break;
        Errno failure = Errno::Eagain;
        if (!non_blocking_now) {
            PollWaiter waiter;
            waiter.wait_on(readable_);
            static_cast<void>(channel->pipe->poll_read(&waiter, true));
            Result<void> slept = block(until);
            if (slept) continue;
            failure = wait_failure(slept.error(), options.receive_timeout_ns);
        }
        if (result.size == 0) return err(failure);
        break;
    }
    result.full_size = result.size;
    return result;
}

Result<Received> Socket::receive_record(const UserBuffer& to, u32 flags) {
    bool seqpacket = type == SocketType::SeqPacket;
    if (seqpacket && !was_connected_) return err(Errno::Enotconn);
    if (inbox_.empty()) {
        auto ended = [&] { return no_more_reading_ || (seqpacket && peer_ended_); };
        auto something = [&] { return !inbox_.empty() || ended() || error_ != Errno{}; };
        if (!something()) {
            if (non_blocking() || (flags & kMessageDontWait) != 0) return err(Errno::Eagain);
            Result<void> waited = wait_until(readable_, something, deadline(options.receive_timeout_ns));
            if (!waited) return err(wait_failure(waited.error(), options.receive_timeout_ns));
        }
        if (inbox_.empty() && error_ != Errno{}) return err(std::exchange(error_, Errno{}));
        if (inbox_.empty()) return Received();
    }
    bool peeking = (flags & kMessagePeek) != 0;
    SocketMessage message = peeking ? inbox_.front() : std::exchange(inbox_.front(), SocketMessage{});
    if (!peeking) {
        inbox_.pop_front();
        inbox_bytes_ -= message.bytes.size();
        writable_.wake_all();
    }
    Received result;
    result.full_size = message.bytes.size();
    result.size = std::min(to.size(), result.full_size);
    TRY(to.copy_to(0, std::span<const u8>(message.bytes).first(result.size)));
    result.from = std::move(message.from);
    result.ancillary = std::move(message.ancillary);
    result.at_ns = message.received_ns;
    return result;
}

}  // namespace occlum::kernel
