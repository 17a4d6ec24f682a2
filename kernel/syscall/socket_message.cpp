// Sockets: sending and receiving, with what travels beside the bytes (cmsg(3)).
#include <algorithm>

#include "enclave/host.h"
#include "kernel/syscall/socket_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kSocketLevel = 1, kRights = 1, kCredentials = 2;
constexpr size_t kMostRights = 253, kMostControl = 64 << 10;

// struct msghdr.
struct MessageHeader {
    u64 name;
    u32 name_size, padding;
    u64 vectors, vector_count, control, control_size;
    u32 flags, padding_end;
};
// struct cmsghdr; 8-byte aligned, as is what follows it.
struct ControlHeader {
    u64 size;
    u32 level, type;
};

u64 aligned(u64 size) { return (size + 7) & ~u64{7}; }

Result<size_t> send_to(Socket& socket, const UserBuffer& from, u32 flags, const SocketName* to,
                       Ancillary ancillary) {
    Result<size_t> sent = socket.send(from, flags, to, std::move(ancillary));
    bool signals = socket.connection_oriented() && (flags & kMessageNoSignal) == 0;
    if (!sent && sent.error() == Errno::Epipe && signals)
        send_signal(current_task(), SigInfo::kernel(kSigPipe));
    return sent;
}

// Several pieces of guest memory as one, copied: a message goes out whole.
Result<std::vector<u8>> gather(std::span<const IoVector> vectors) {
    constexpr u64 kMost = 8 << 20;
    u64 total = 0;
    for (const IoVector& vector : vectors) total += vector.size;
    if (total > kMost) return err(Errno::Emsgsize);
    std::vector<u8> bytes(total);
    size_t filled = 0;
    for (const IoVector& vector : vectors) {
        TRY(copy_in(std::span(bytes).subspan(filled, vector.size), {vector.base}));
        filled += vector.size;
    }
    return bytes;
}

Result<void> scatter(std::span<const u8> bytes, std::span<const IoVector> vectors) {
    for (const IoVector& vector : vectors) {
        size_t size = std::min<size_t>(bytes.size(), vector.size);
        TRY(copy_out({vector.base}, bytes.first(size)));
        bytes = bytes.subspan(size);
    }
    return {};
}

Result<void> take_rights(std::span<const u8> data, Ancillary& ancillary) {
    if (data.size() % 4 != 0 || ancillary.rights.size() + data.size() / 4 > kMostRights)
        return err(Errno::Einval);
    for (; !data.empty(); data = data.subspan(4)) {
        u32 number = u32{data[0]} | u32{data[1]} << 8 | u32{data[2]} << 16 | u32{data[3]} << 24;
        ancillary.rights.emplace_back(TRY(current_files().get(static_cast<i32>(number))));
    }
    return {};
}

Result<void> take_credentials(std::span<const u8> data, Ancillary& ancillary) {
    if (data.size() != 12) return err(Errno::Einval);
    std::array<u8, 12> bytes;
    std::ranges::copy(data, bytes.begin());
    PeerIdentity claimed = std::bit_cast<PeerIdentity>(bytes);
    const Credentials& who = current_credentials();
    bool pid = claimed.pid == current_process().pid;
    bool uid = claimed.uid == who.uid || claimed.uid == who.euid || claimed.uid == who.suid;
    bool gid = claimed.gid == who.gid || claimed.gid == who.egid || claimed.gid == who.sgid;
    if (!who.is_superuser() && !(pid && uid && gid)) return err(Errno::Eperm);
    if (!pid && !pid_table().process(claimed.pid)) return err(Errno::Esrch);
    ancillary.credentials = claimed;
    return {};
}

Result<Ancillary> read_control(const Socket& socket, u64 address, u64 size) {
    Ancillary ancillary;
    if (size > kMostControl) return err(Errno::Enobufs);
    std::vector<u8> bytes(size);
    TRY(copy_in(bytes, {address}));
    std::span<const u8> rest(bytes);
    while (rest.size() >= sizeof(ControlHeader)) {
        std::array<u8, sizeof(ControlHeader)> head;
        std::ranges::copy(rest.first(head.size()), head.begin());
        auto header = std::bit_cast<ControlHeader>(head);
        if (header.size < sizeof(ControlHeader) || header.size > rest.size()) return err(Errno::Einval);
        std::span<const u8> data = rest.subspan(sizeof header, header.size - sizeof header);
        if (header.level == kSocketLevel && socket.is_unix()) {
            if (header.type != kRights && header.type != kCredentials) return err(Errno::Einval);
            TRY(header.type == kRights ? take_rights(data, ancillary) : take_credentials(data, ancillary));
        } else if (header.level == kSocketLevel && header.type != kRights && header.type != kCredentials) {
            return err(Errno::Einval);  // those two mean nothing to other families
        }
        rest = rest.subspan(std::min<u64>(aligned(header.size), rest.size()));
    }
    return ancillary;
}

// Writes control messages one behind the other as far as there is room.
class ControlWriter {
public:
    ControlWriter(u64 address, u64 room) : address_(address), room_(room) {}

    /// How many bytes of data a further message may have; none: not even its head fits.
    std::optional<u64> room() const {
        if (room_ - used_ < sizeof(ControlHeader)) return std::nullopt;
        return room_ - used_ - sizeof(ControlHeader);
    }
    Result<void> put(u32 level, u32 type, std::span<const u8> data) {
        ControlHeader header{sizeof(ControlHeader) + data.size(), level, type};
        TRY(write_user(UserOut<ControlHeader>{{address_ + used_}}, header));
        TRY(copy_out({address_ + used_ + sizeof header}, data));
        used_ = std::min(used_ + aligned(header.size), room_);
        return {};
    }
    u64 used() const { return used_; }

private:
    u64 address_, room_, used_ = 0;
};

// Descriptors for the files that came. True: not all could be given.
Result<bool> put_rights(ControlWriter& writer, const std::vector<FileInFlight>& rights, bool close_on_exec) {
    if (rights.empty()) return false;
    std::optional<u64> room = writer.room();
    size_t count = room ? std::min<u64>(rights.size(), *room / 4) : 0;
    std::vector<u8> numbers;
    FdTable& files = current_files();
    for (size_t i = 0; i < count; ++i) {
        Result<int> fd = files.add(rights[i].file(), close_on_exec);
        if (!fd) break;
        for (u8 byte : std::bit_cast<std::array<u8, 4>>(*fd)) numbers.push_back(byte);
    }
    if (!numbers.empty()) TRY(writer.put(kSocketLevel, kRights, numbers));
    return numbers.size() / 4 < rights.size();
}

// SO_TIMESTAMP, SO_TIMESTAMPNS: when the message came. True: there was no room to say it.
Result<bool> put_time(const Socket& socket, ControlWriter& writer, u64 at_ns) {
    constexpr u32 kTime = 29, kExactTime = 35;
    const bool exact = socket.options.is_on(kSocketLevel, kExactTime);
    if (at_ns == 0 || (!exact && !socket.options.is_on(kSocketLevel, kTime))) return false;
    using Bytes = std::array<u8, sizeof(Timespec)>;
    const Bytes bytes =
        exact ? std::bit_cast<Bytes>(to_timespec(at_ns)) : std::bit_cast<Bytes>(to_timeval(at_ns));
    const std::optional<u64> room = writer.room();
    if (!room || *room < bytes.size()) return true;
    TRY(writer.put(kSocketLevel, exact ? kExactTime : kTime, bytes));
    return false;
}

Result<bool> put_control(const Socket& socket, ControlWriter& writer, const Received& received, u32 flags) {
    const Ancillary& ancillary = received.ancillary;
    bool cut = TRY(put_time(socket, writer, received.at_ns));
    if (socket.options.pass_credentials) {
        PeerIdentity who = ancillary.credentials.value_or(PeerIdentity{0, 65534, 65534});
        auto bytes = std::bit_cast<std::array<u8, 12>>(who);
        std::optional<u64> room = writer.room();
        const bool fits = room && *room >= bytes.size();
        cut |= !fits;
        if (fits) TRY(writer.put(kSocketLevel, kCredentials, bytes));
    }
    cut |= TRY(put_rights(writer, ancillary.rights, (flags & kMessageCloseOnExec) != 0));
    return cut;
}

Result<size_t> send_message(Socket& socket, u64 address, u32 flags) {
    MessageHeader header = TRY(read_user(UserIn<MessageHeader>{{address}}));
    if (header.vector_count > 1024) return err(Errno::Emsgsize);
    if (header.name != 0 && static_cast<i32>(header.name_size) < 0) return err(Errno::Einval);
    std::vector<IoVector> vectors = TRY(read_io_vectors(header.vectors, header.vector_count));
    std::optional<SocketName> to;
    if (header.name != 0 && header.name_size != 0) {
        u32 size = std::min<u32>(header.name_size, 128);
        // The address of a connected stream does not matter, and is not looked at.
        if (!socket.is_stream() && !(socket.type == SocketType::SeqPacket))
            to = TRY(read_target(socket, header.name, size));
    }
    Ancillary ancillary;
    if (header.control_size != 0) ancillary = TRY(read_control(socket, header.control, header.control_size));
    const SocketName* target = to ? &*to : nullptr;
    if (vectors.size() == 1)
        return send_to(socket, UserBuffer::guest({vectors[0].base}, vectors[0].size), flags, target,
                       std::move(ancillary));
    std::vector<u8> bytes = TRY(gather(vectors));
    return send_to(socket, UserBuffer::kernel_source(bytes), flags, target, std::move(ancillary));
}

Result<Received> receive_into(Socket& socket, std::span<const IoVector> vectors, u32 flags) {
    if (vectors.size() == 1)
        return socket.receive(UserBuffer::guest({vectors[0].base}, vectors[0].size), flags);
    constexpr u64 kMost = 1 << 20;
    u64 total = 0;
    for (const IoVector& vector : vectors) total += vector.size;
    std::vector<u8> bytes(std::min(total, kMost));
    Received received = TRY(socket.receive(UserBuffer::kernel(bytes), flags));
    TRY(scatter(std::span<const u8>(bytes).first(received.size), vectors));
    return received;
}

Result<size_t> receive_message(Socket& socket, u64 address, u32 flags) {
    MessageHeader header = TRY(read_user(UserIn<MessageHeader>{{address}}));
    if (header.vector_count > 1024) return err(Errno::Emsgsize);
    if (static_cast<i32>(header.name_size) < 0) return err(Errno::Einval);
    std::vector<IoVector> vectors = TRY(read_io_vectors(header.vectors, header.vector_count));
    Received received = TRY(receive_into(socket, vectors, flags));
    header.flags = 0;
    if (received.full_size > received.size) header.flags |= kMessageTruncated;
    if (received.urgent) header.flags |= kMessageOutOfBand;
    if (header.name != 0) {
        bool told = !received.from.unnamed() && !socket.connection_oriented();
        header.name_size =
            told ? TRY(put_name(received.from, socket.family, {header.name}, header.name_size)) : 0;
    }
    ControlWriter control(header.control, header.control_size);
    if (TRY(put_control(socket, control, received, flags))) header.flags |= kMessageControlCut;
    header.flags |= flags & kMessageCloseOnExec;
    header.control_size = control.used();
    TRY(write_user(UserOut<MessageHeader>{{address}}, header));
    bool real_size = (flags & kMessageTruncated) != 0 && !socket.is_stream();
    return real_size ? received.full_size : received.size;
}

}  // namespace

Result<u64> sys_sendto(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    UserBuffer bytes = TRY(buffer_argument(args[1], args[2]));
    std::optional<SocketName> to;
    if (args[4] != 0 && !at.socket.connection_oriented()) to = TRY(read_target(at.socket, args[4], args[5]));
    if (args[4] != 0 && at.socket.connection_oriented() && at.socket.is_unix())
        return err(at.socket.connected() ? Errno::Eisconn : Errno::Eopnotsupp);
    return send_to(at.socket, bytes, as_u32(args[3]), to ? &*to : nullptr, {});
}

Result<u64> sys_recvfrom(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 flags = as_u32(args[3]);
    Received received = TRY(at.socket.receive(TRY(buffer_argument(args[1], args[2])), flags));
    if (args[4] != 0) {
        u32 room = TRY(read_user(UserIn<u32>{{args[5]}}));
        if (static_cast<i32>(room) < 0) return err(Errno::Einval);
        bool told = !received.from.unnamed() && !at.socket.connection_oriented();
        u32 size = told ? TRY(put_name(received.from, at.socket.family, {args[4]}, room)) : 0;
        TRY(write_user(UserOut<u32>{{args[5]}}, size));
    }
    bool real_size = (flags & kMessageTruncated) != 0 && !at.socket.is_stream();
    return real_size ? received.full_size : received.size;
}

Result<u64> sys_sendmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    return send_message(at.socket, args[1], as_u32(args[2]));
}

Result<u64> sys_recvmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    return receive_message(at.socket, args[1], as_u32(args[2]));
}

namespace {

// struct mmsghdr: a msghdr, then the size that was moved.
constexpr u64 kManySize = 64, kManyLength = 56;
constexpr u32 kMostMessages = 1024;

template <typename Move>
Result<u64> move_many(u64 address, u32 count, Move move) {
    count = std::min(count, kMostMessages);
    u64 done = 0;
    for (; done < count; ++done) {
        u64 at = address + done * kManySize;
        Result<size_t> moved = move(at, done);
        Result<void> told;
        if (moved) told = write_user(UserOut<u32>{{at + kManyLength}}, static_cast<u32>(*moved));
        if (moved && told) continue;
        if (done != 0) break;
        return err(moved ? told.error() : moved.error());
    }
    return done;
}

}  // namespace

Result<u64> sys_sendmmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    return move_many(args[1], as_u32(args[2]),
                     [&](u64 address, u64) { return send_message(at.socket, address, as_u32(args[3])); });
}

Result<u64> sys_recvmmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 flags = as_u32(args[3]);
    std::optional<u64> deadline;
    if (args[4] != 0) {
        u64 duration = TRY(to_ns(TRY(read_user(UserIn<Timespec>{{args[4]}}))));
        deadline = deadline_after(enclave::monotonic_ns(), duration);
    }
    // As Linux: the time is looked at between messages only.
    return move_many(args[1], as_u32(args[2]), [&](u64 address, u64 done) -> Result<size_t> {
        u32 now = flags & ~kMessageWaitForOne;
        if (done != 0 && (flags & kMessageWaitForOne) != 0) now |= kMessageDontWait;
        if (done != 0 && deadline && *deadline <= enclave::monotonic_ns()) return err(Errno::Eagain);
        return receive_message(at.socket, address, now);
    });
}

}  // namespace occlum::kernel
