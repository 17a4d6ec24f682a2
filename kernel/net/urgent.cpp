// MSG_OOB: one byte of a stream that is told at once. tcp(7), unix(7).
#include "kernel/net/socket.h"

namespace occlum::kernel {

bool Socket::urgent_in_line() const {
    constexpr std::pair<u32, u32> kInLine{1, 10};  // SO_OOBINLINE
    const auto kept = options.plain.find(kInLine);
    return kept != options.plain.end() && kept->second != 0;
}

bool Socket::at_urgent_mark() const {
    return incoming_ && incoming_->urgent && incoming_->urgent->offset == incoming_->taken;
}

// The last of the bytes just written to the peer.
void Socket::set_urgent(u8 byte) {
    outgoing_->urgent = Channel::Urgent{.offset = outgoing_->written - 1, .byte = byte};
    if (peer_ == nullptr) return;
    signal_urgent(peer_->owner);
    peer_->wake();
}

// What an ordinary receive can take, or see that it cannot.
size_t Socket::readable_bytes() const {
    const size_t there = incoming_->pipe->used();
    return there != 0 && at_urgent_mark() && !urgent_in_line() ? there - 1 : there;
}

// Before bytes are received from the mark on: the urgent one is left out, or is an ordinary one now.
void Socket::pass_urgent() {
    if (!at_urgent_mark() || incoming_->pipe->used() == 0) return;
    incoming_->urgent.reset();
    if (urgent_in_line()) return;
    std::array<u8, 1> skipped;
    if (incoming_->pipe->read(UserBuffer::kernel(skipped), true)) ++incoming_->taken;
}

Result<Received> Socket::receive_urgent(const UserBuffer& to, bool peeking) {
    if (!is_stream()) return err(Errno::Eopnotsupp);
    if (!incoming_) return err(Errno::Einval);
    Channel& channel = *incoming_;
    if (urgent_in_line() || !channel.urgent || channel.urgent->given) return err(Errno::Einval);
    Received result{.full_size = 1, .urgent = true};
    const std::array<u8, 1> byte{channel.urgent->byte};
    result.size = std::min<size_t>(1, to.size());
    TRY(to.copy_to(0, std::span(byte).first(result.size)));
    if (!peeking) channel.urgent->given = true;
    return result;
}

}  // namespace occlum::kernel
