#include "kernel/net/socket.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/time.h"
#include "kernel/net/interfaces.h"
#include "kernel/net/names.h"

namespace occlum::kernel {
namespace {

constexpr u64 kFionRead = 0x541b, kTiocOutQ = 0x5411, kAtMark = 0x8905;

class SocketInode final : public Inode {
public:
    explicit SocketInode(const PeerIdentity& owner)
        : Inode(kTypeSocket), number_(next_number()), owner_(owner), made_(file_time_now()) {}
    Result<Attributes> attributes() override {
        static const u64 device = next_device_number();
        return Attributes{.device = device,
                          .inode = number_,
                          .mode = kTypeSocket | 0777,
                          .uid = owner_.uid,
                          .gid = owner_.gid,
                          .accessed = made_,
                          .modified = made_,
                          .changed = made_,
                          .born = made_};
    }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        if (change.uid) owner_.uid = *change.uid;
        if (change.gid) owner_.gid = *change.gid;
        return {};
    }
    Result<Ref<OpenFile>> open(u32) override { return err(Errno::Enxio); }
    u64 number() const { return number_; }

private:
    static u64 next_number() {
        static u64 last = 0;
        return ++last;
    }
    u64 number_;
    PeerIdentity owner_;
    TimeSpec made_;
};

std::set<Socket*>& every_socket() {
    static auto& sockets = *new std::set<Socket*>;
    return sockets;
}

}  // namespace

const std::set<Socket*>& Socket::all() { return every_socket(); }

Ref<Socket> make_socket(Family family, SocketType type, u32 flags, const PeerIdentity& owner) {
    auto socket = make_ref<Socket>(kOpenReadWrite | (flags & kOpenNonBlock), family, type, owner);
    auto inode = make_ref<SocketInode>(owner);
    socket->dentry =
        RefPtr<Dentry>(anonymous_dentry("socket:[" + std::to_string(inode->number()) + "]", inode));
    return socket;
}

Socket::Socket(u32 flags, Family its_family, SocketType its_type, const PeerIdentity& owner)
    : OpenFile(flags), family(its_family), type(its_type), owner_(owner) {
    every_socket().insert(this);
}

Socket::~Socket() {
    closed();
    every_socket().erase(this);
}

Result<SocketName> Socket::peer_name() const {
    if (!connected() || tcp_is_over()) return err(Errno::Enotconn);
    SocketName name = peer_name_;
    return name;
}

// Both sides have said that they are done.
bool Socket::tcp_is_over() const {
    return !is_unix() && is_stream() && incoming_ && no_more_writing_ && !incoming_->pipe->has_writer();
}

void Socket::wake() {
    readable_.wake_all();
    writable_.wake_all();
}

std::optional<u64> Socket::deadline(u64 timeout_ns) const {
    if (timeout_ns == 0) return std::nullopt;
    return enclave::monotonic_ns() + timeout_ns;
}

Errno Socket::wait_failure(Errno failure, u64 timeout_ns) {
    if (failure == Errno::Etimedout) return Errno::Eagain;
    return failure == Errno::Erestartsys && timeout_ns != 0 ? Errno::Eintr : failure;
}

Result<size_t> Socket::read(const UserBuffer& to) { return TRY(receive(to, 0)).size; }
Result<size_t> Socket::write(const UserBuffer& from) { return send(from, 0, nullptr, {}); }

Result<u64> Socket::ioctl(u64 request, u64 argument) {
    size_t answer = 0;
    switch (request) {
        case kFionRead:
            if (listening_) return err(Errno::Einval);
            if (incoming_) answer = readable_bytes();
            if (!inbox_.empty()) answer = !connection_oriented() ? inbox_.front().bytes.size() : inbox_bytes_;
            break;
        case kTiocOutQ:
            if (listening_) return err(Errno::Einval);
            if (outgoing_) answer = outgoing_->pipe->used();
            break;
        case kAtMark:
            if (!is_stream()) return err(is_unix() ? Errno::Eopnotsupp : Errno::Enotty);
            answer = at_urgent_mark() ? 1 : 0;
            break;
        default:
            TRY(interface_request(request, {argument}));
            return u64{0};
    }
    TRY(write_user(UserOut<i32>{{argument}}, static_cast<i32>(answer)));
    return u64{0};
}

namespace {

// How a socket says that it can be written.
constexpr u32 kPollWriteBand = 0x200;
constexpr u32 kPollWritable = kPollOut | kPollWriteNormal | kPollWriteBand;

}  // namespace

u32 Socket::poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(readable_);
        table->wait_on(writable_);
    }
    if (listening_) return waiting_.empty() ? 0 : kPollIn | kPollReadNormal;
    u32 events = is_stream() ? poll_stream(table) : poll_records(table);
    if (error_ != Errno{}) events |= kPollError | kPollWritable;
    if (error_ != Errno{} && connection_oriented()) events |= kPollIn | kPollReadNormal;
    return events;
}

u32 Socket::poll_stream(PollTable* table) {
    // Never connected: as Linux shows it.
    if (!incoming_) return kPollWritable | kPollHangUp;
    u32 in = incoming_->pipe->poll_read(table, true);
    u32 out = outgoing_->pipe->poll_write(table);
    u32 events = readable_bytes() != 0 ? kPollIn | kPollReadNormal : 0;
    if (incoming_->urgent && !incoming_->urgent->given && !urgent_in_line()) events |= kPollPriority;
    if ((out & kPollOut) != 0) events |= kPollWritable;
    bool ended_in = (in & kPollHangUp) != 0 || no_more_reading_;
    const bool refused = (out & kPollError) != 0 && (!is_tcp() || was_reset_ || peer_ != nullptr);
    bool ended_out = refused || no_more_writing_;
    if (ended_in) events |= kPollIn | kPollReadNormal | kPollReadHangUp;
    if (ended_out) events |= kPollWritable;
    if (ended_in && ended_out) events |= kPollHangUp;
    return events;
}

u32 Socket::poll_records(PollTable* table) {
    u32 events = 0;
    if (!inbox_.empty()) events |= kPollIn | kPollReadNormal;
    bool seqpacket = type == SocketType::SeqPacket;
    if (seqpacket && !was_connected_) return kPollWritable | kPollHangUp;
    bool ended = no_more_reading_ || (seqpacket && peer_ended_);
    if (ended) events |= kPollIn | kPollReadNormal | kPollReadHangUp;
    if ((ended && no_more_writing_) || (seqpacket && peer_ == nullptr)) events |= kPollHangUp;
    // A connected UNIX socket can be written when its receiver has room.
    if (is_unix() && peer_ != nullptr && peer_ != this) {
        if (table != nullptr) table->wait_on(peer_->writable_);
        if (!peer_->inbox_has_room()) return events;
    }
    return events | kPollWritable;
}

}  // namespace occlum::kernel
