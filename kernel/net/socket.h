// Sockets between processes of the enclave: UNIX sockets of all types, TCP and UDP over loopback. No byte of
// them leaves the enclave.
//
//   stream:     Socket a ──Ref──> Channel ──> Socket b     two channels make a connection: each socket
//               Socket a <── Channel <──Ref── Socket b     writes into one and reads from the other
//   records:    Socket ──> inbox of messages; the sender puts them into the receiver's (dgram, seqpacket,
//   UDP) listener ──Ref──> connected sockets that nobody has accepted yet names ─ ─> bound sockets, peer ─ ─>
//   peer               without owning them; closing clears both
//   netlink:    what is sent is answered at once, into the sender's own inbox
#pragma once

#include <deque>
#include <map>
#include <set>

#include "kernel/ipc/pipe.h"
#include "kernel/net/address.h"

namespace occlum::kernel {

enum class SocketType : u8 { Stream = 1, Datagram = 2, Raw = 3, SeqPacket = 5 };  // Raw: netlink only

/// SO_PEERCRED, SCM_CREDENTIALS.
struct PeerIdentity {
    u32 pid = 0, uid = 0, gid = 0;
};

/// A descriptor on its way to another process: counts as one.
class FileInFlight {
public:
    explicit FileInFlight(Ref<OpenFile> file) : file_(file) { file->descriptor_added(); }
    FileInFlight(const FileInFlight& other) : file_(other.file_) { file_->descriptor_added(); }
    FileInFlight& operator=(FileInFlight other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~FileInFlight() {
        if (file_) file_->descriptor_removed();
    }
    Ref<OpenFile> file() const { return Ref<OpenFile>(*file_); }

private:
    RefPtr<OpenFile> file_;
};

/// What travels beside the bytes.
struct Ancillary {
    std::vector<FileInFlight> rights = {};
    std::optional<PeerIdentity> credentials = {};
    bool empty() const { return rights.empty() && !credentials; }
};

/// One direction of a stream connection.
class Channel final : public RefCounted {
public:
    struct Mark {
        u64 offset, end;  ///< of the bytes that it came with
        Ancillary ancillary;
    };
    Ref<Pipe> pipe = make_ref<Pipe>();
    /// MSG_OOB: the byte that was sent so last. It has its place among the others, and is given beside them.
    struct Urgent {
        u64 offset;
        u8 byte;
        bool given = false;
    };
    u64 written = 0, taken = 0;
    std::deque<Mark> marks = {};
    std::optional<Urgent> urgent = {};
};

struct SocketMessage {
    std::vector<u8> bytes;
    SocketName from;
    Ancillary ancillary;
    u64 received_ns = 0;
};

/// What a receive has got besides bytes.
struct Received {
    size_t size = 0;       ///< bytes copied
    size_t full_size = 0;  ///< of the whole message
    bool urgent = false;
    SocketName from = {};
    Ancillary ancillary = {};
    u64 at_ns = 0;  ///< when it came; 0: a stream's
};

struct SocketOptions {
    bool reuse_address = false, reuse_port = false, v6_only = false, pass_credentials = false,
         broadcast = false;
    u64 receive_timeout_ns = 0, send_timeout_ns = 0;  ///< 0: none
    u32 send_buffer = 212992, receive_buffer = 212992, receive_low = 1;
    std::map<std::pair<u32, u32>, u32> plain = {};  ///< (level, option): kept and shown again
    bool is_on(u32 level, u32 option) const {
        const auto kept = plain.find({level, option});
        return kept != plain.end() && kept->second != 0;
    }
    u32 linger_on = 0, linger_seconds = 0;
    std::map<u32, u32> multicast_interface = {};  ///< by level
    std::set<u32> groups = {};                    ///< IP_ADD_MEMBERSHIP
    std::string device = {};                      ///< SO_BINDTODEVICE
    std::string congestion = "cubic";             ///< TCP_CONGESTION
};

class Socket final : public OpenFile {
public:
    Socket(u32 flags, Family family, SocketType type, const PeerIdentity& owner);
    ~Socket() override;

    const Family family;
    const SocketType type;
    SocketOptions options;

    // connect.cpp
    static void connect_pair(Socket& one, Socket& other);
    Result<void> bind(SocketName name);            ///< EINVAL: has a name; EADDRINUSE, EADDRNOTAVAIL
    Result<void> listen(u32 backlog);              ///< EINVAL, EOPNOTSUPP
    Result<void> connect(const SocketName& name);  ///< ECONNREFUSED, EISCONN, EAGAIN, EINPROGRESS, …
    Result<Ref<Socket>> accept(u32 flags);         ///< EINVAL, EOPNOTSUPP, EAGAIN
    Result<void> shutdown(bool reading, bool writing);
    void closed() override;

    // transfer.cpp. `flags`: MSG_*.
    Result<size_t> send(const UserBuffer& from, u32 flags, const SocketName* to, Ancillary ancillary);
    Result<Received> receive(const UserBuffer& to, u32 flags);

    Result<size_t> read(const UserBuffer& to) override;
    Result<size_t> write(const UserBuffer& from) override;
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override;
    Socket* as_socket() override { return this; }
    bool signals_readiness() const override { return true; }

    void post(std::span<const u8> bytes);  ///< to a netlink socket, from the kernel; lost if it is full

    /// All there are.
    static const std::set<Socket*>& all();
    /// Bytes that wait to be received.
    size_t unread() const { return incoming_ ? incoming_->pipe->used() : inbox_bytes_; }
    bool at_urgent_mark() const;  ///< SIOCATMARK
    bool listening() const { return listening_; }
    bool connected() const { return incoming_ != nullptr || peer_ != nullptr || was_connected_; }
    bool is_stream() const { return type == SocketType::Stream; }
    bool is_unix() const { return family == Family::Unix; }
    bool is_netlink() const { return family == Family::Netlink; }
    bool connection_oriented() const { return type == SocketType::Stream || type == SocketType::SeqPacket; }
    const SocketName& name() const { return name_; }
    Result<SocketName> peer_name() const;  ///< ENOTCONN
    const PeerIdentity& peer_identity() const { return peer_identity_; }
    /// SO_ERROR: the error is told once.
    u32 take_error() { return static_cast<u32>(std::exchange(error_, Errno{})); }

private:
    friend class SocketNames;
    static constexpr size_t kMostInbox = 256;
    static constexpr size_t kMostDatagram = 65507;

    Result<void> connect_stream(const SocketName& name);
    Result<void> connect_datagram(const SocketName& name);
    Result<Ref<Socket>> find_listener(const SocketName& name);
    Result<void> bind_automatically();
    void disconnect();
    void stop_reading();
    void stop_writing();
    void break_off();
    void forget_connection();
    void wake();

    Result<size_t> send_stream(const UserBuffer& from, u32 flags, Ancillary ancillary);
    Result<size_t> send_record(const UserBuffer& from, u32 flags, const SocketName* to, Ancillary ancillary);
    Result<size_t> send_netlink(const UserBuffer& from, const SocketName* to);
    Result<void> bind_netlink(u32 port);
    Result<Ref<Socket>> record_target(const SocketName* to);
    Result<size_t> send_to_group(const UserBuffer& from, const SocketName& group);
    bool hears(const SocketName& group) const;
    void take_in(SocketMessage message);
    Result<void> wait_for_inbox(Socket& target, bool non_blocking);
    Result<Received> receive_stream(const UserBuffer& to, u32 flags);
    Result<Received> receive_record(const UserBuffer& to, u32 flags);
    Result<Received> receive_urgent(const UserBuffer& to, bool peeking);
    void set_urgent(u8 byte);
    bool urgent_in_line() const;
    size_t readable_bytes() const;
    void pass_urgent();
    bool tcp_is_over() const;
    bool is_tcp() const { return !is_unix() && is_stream(); }
    bool refused_by_closed_peer();
    Result<size_t> receive_run(const UserBuffer& to, bool peeking, Received& result);
    bool inbox_has_room() const {
        return inbox_.size() < kMostInbox && inbox_bytes_ < options.receive_buffer;
    }
    u32 poll_stream(PollTable* table);
    u32 poll_records(PollTable* table);
    std::optional<u64> deadline(u64 timeout_ns) const;
    /// What a call says whose wait with this timeout failed. One that has a timeout is not restarted.
    static Errno wait_failure(Errno failure, u64 timeout_ns);

    PeerIdentity owner_, peer_identity_;
    SocketName name_, peer_name_;
    RefPtr<Channel> incoming_, outgoing_;
    bool reads_ = false, writes_ = false;  // counted as an end of those
    Socket* peer_ = nullptr;               // seqpacket, connected datagram sockets, streams
    std::vector<Socket*> followers_;       // datagram sockets whose peer this is
    bool was_connected_ = false;
    bool no_more_reading_ = false, no_more_writing_ = false, peer_ended_ = false;
    bool was_reset_ = false;   // TCP: the peer is closed and has answered what was sent to it
    bool connecting_ = false;  // a non-blocking connect(2) has not been reported yet
    Errno error_{};
    bool listening_ = false, closed_ = false;
    u32 backlog_ = 0;
    std::deque<Ref<Socket>> waiting_;
    std::deque<SocketMessage> inbox_;
    size_t inbox_bytes_ = 0;
    WaitQueue readable_, writable_;  // writable_: room in this socket's inbox, or in its listening queue
};

/// `flags`: SOCK_NONBLOCK.
Ref<Socket> make_socket(Family family, SocketType type, u32 flags, const PeerIdentity& owner);

// MSG_*.
inline constexpr u32 kMessageOutOfBand = 1, kMessagePeek = 2, kMessageDontRoute = 4, kMessageControlCut = 8,
                     kMessageTruncated = 0x20, kMessageDontWait = 0x40, kMessageEndOfRecord = 0x80,
                     kMessageWaitAll = 0x100, kMessageErrorQueue = 0x2000, kMessageNoSignal = 0x4000,
                     kMessageWaitForOne = 0x10000, kMessageCloseOnExec = 0x4000'0000;

}  // namespace occlum::kernel
