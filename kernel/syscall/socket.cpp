// Sockets: UNIX streams.
#include <algorithm>

#include "kernel/fs/permission.h"
#include "kernel/ipc/unix_socket.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

constexpr u32 kUnix = 1;
constexpr u32 kStream = 1;
constexpr u32 kTypeBits = 15;
constexpr size_t kAddressSize = 110;  // struct sockaddr_un

enum MessageFlag : u32 { kPeek = 2, kDontWait = 0x40, kWaitAll = 0x100, kNoSignal = 0x4000 };

struct SocketArgument {
    Ref<OpenFile> file;
    UnixSocket& socket;
};
Result<SocketArgument> socket_argument(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    UnixSocket* socket = file->as_unix_socket();
    if (socket == nullptr) return err(Errno::Enotsock);
    return SocketArgument{file, *socket};
}

PeerIdentity identity() {
    const Credentials& who = current_credentials();
    return {.pid = current_process().pid, .uid = who.euid, .gid = who.egid};
}

Result<void> check_kind(u64 domain, u64 type, u64 protocol) {
    if (as_u32(domain) != kUnix) return err(Errno::Eafnosupport);
    if ((as_u32(type) & ~(kTypeBits | kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    if ((as_u32(type) & kTypeBits) != kStream || as_u32(protocol) > kUnix) return err(Errno::Eprotonosupport);
    return {};
}

Result<int> install(Ref<UnixSocket> socket, u32 type) {
    return current_process().fd_table().add(socket, (type & kOpenCloseOnExec) != 0);
}

// The path, or the abstract name with its leading NUL.
Result<std::string> read_address(u64 address, u64 size) {
    if (as_u32(size) < 2 || as_u32(size) > kAddressSize) return err(Errno::Einval);
    std::vector<u8> bytes(as_u32(size));
    TRY(copy_in(bytes, {address}));
    if (bytes[0] != kUnix || bytes[1] != 0) return err(Errno::Eafnosupport);
    std::string text(bytes.begin() + 2, bytes.end());
    if (!text.empty() && text.front() != '\0') text.resize(std::min(text.find('\0'), text.size()));
    return text;
}

// struct sockaddr_un to the guest, with its real length.
Result<void> write_address(const UnixName& name, u64 address, u64 size_address) {
    if (address == 0) return {};
    std::vector<u8> bytes{kUnix, 0};
    if (!name.file && !name.text.empty()) bytes.push_back(0);
    for (char c : name.text) bytes.push_back(static_cast<u8>(c));
    if (name.file) bytes.push_back(0);
    u32 room = TRY(read_user(UserIn<u32>{{size_address}}));
    if (static_cast<i32>(room) < 0) return err(Errno::Einval);
    TRY(copy_out({address}, std::span(bytes).first(std::min<size_t>(room, bytes.size()))));
    return write_user(UserOut<u32>{{size_address}}, static_cast<u32>(bytes.size()));
}

}  // namespace

Result<u64> sys_socket(const SyscallArgs& args) {
    TRY(check_kind(args[0], args[1], args[2]));
    Ref<UnixSocket> socket = make_unix_socket(as_u32(args[1]), identity());
    return static_cast<u64>(TRY(install(socket, as_u32(args[1]))));
}

Result<u64> sys_socketpair(const SyscallArgs& args) {
    TRY(check_kind(args[0], args[1], args[2]));
    u32 type = as_u32(args[1]);
    Ref<UnixSocket> one = make_unix_socket(type, identity());
    Ref<UnixSocket> other = make_unix_socket(type, identity());
    UnixSocket::connect_pair(*one, *other);
    FdTable& files = current_process().fd_table();
    std::array<i32, 2> fds{};
    fds[0] = TRY(install(one, type));
    Result<int> second = install(other, type);
    Result<void> done;
    if (second) {
        fds[1] = *second;
        done = write_user(UserOut<std::array<i32, 2>>{{args[3]}}, fds);
        if (done) return u64{0};
        static_cast<void>(files.close(fds[1]));
    }
    static_cast<void>(files.close(fds[0]));
    return err(second ? done.error() : second.error());
}

Result<u64> sys_bind(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    std::string text = TRY(read_address(args[1], args[2]));
    if (text.empty()) {
        // Autobind: an abstract name of five hexadecimal digits.
        static u32 last = 0;
        TRY(at.socket.bind({.file = nullptr, .text = "auto" + std::to_string(++last)}));
        return u64{0};
    }
    if (text.front() == '\0') {
        TRY(at.socket.bind({.file = nullptr, .text = text.substr(1)}));
        return u64{0};
    }
    if (!at.socket.name().unnamed()) return err(Errno::Einval);
    WalkContext context(current_process().fs_context(), current_credentials());
    Result<Ref<Dentry>> made = create_at(context, text, kTypeSocket | masked_mode(0777), 0);
    if (!made) return err(made.error() == Errno::Eexist ? Errno::Eaddrinuse : made.error());
    TRY(at.socket.bind({.file = RefPtr<Inode>((*made)->inode()), .text = text}));
    return u64{0};
}

Result<u64> sys_listen(const SyscallArgs& args) {
    TRY(TRY(socket_argument(args[0])).socket.listen(as_u32(args[1])));
    return u64{0};
}

Result<u64> sys_connect(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    std::string text = TRY(read_address(args[1], args[2]));
    if (text.empty()) return err(Errno::Econnrefused);
    UnixName name;
    if (text.front() == '\0') {
        name.text = text.substr(1);
    } else {
        WalkContext context(current_process().fs_context(), current_credentials());
        Ref<Dentry> found = TRY(walk(context, text, true));
        if (found->inode().type() != kTypeSocket) return err(Errno::Econnrefused);
        TRY(check_access(found->inode(), current_credentials(), kMayWrite));
        name = {.file = RefPtr<Inode>(found->inode()), .text = text};
    }
    TRY(at.socket.connect(name));
    return u64{0};
}

Result<u64> sys_accept4(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    SocketArgument at = TRY(socket_argument(args[0]));
    Ref<UnixSocket> served = TRY(at.socket.accept(flags));
    int fd = TRY(install(served, flags));
    if (Result<void> told = write_address(served->peer_name(), args[1], args[2]); !told) {
        static_cast<void>(current_process().fd_table().close(fd));
        return err(told.error());
    }
    return static_cast<u64>(fd);
}
Result<u64> sys_accept(const SyscallArgs& args) { return sys_accept4({args[0], args[1], args[2], 0}); }

Result<u64> sys_shutdown(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    u32 how = as_u32(args[1]);
    if (how > 2) return err(Errno::Einval);
    TRY(at.socket.shutdown(how != 1, how != 0));
    return u64{0};
}

Result<u64> sys_getsockname(const SyscallArgs& args) {
    TRY(write_address(TRY(socket_argument(args[0])).socket.name(), args[1], args[2]));
    return u64{0};
}
Result<u64> sys_getpeername(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    if (!at.socket.connected()) return err(Errno::Enotconn);
    TRY(write_address(at.socket.peer_name(), args[1], args[2]));
    return u64{0};
}

namespace {

Result<size_t> send_bytes(UnixSocket& socket, const UserBuffer& from, u32 flags) {
    Result<size_t> sent = socket.send(from, socket.non_blocking() || (flags & kDontWait) != 0);
    if (!sent && sent.error() == Errno::Epipe && (flags & kNoSignal) == 0)
        send_signal(current_task(), SigInfo::kernel(kSigPipe));
    return sent;
}

Result<size_t> receive_bytes(UnixSocket& socket, const UserBuffer& to, u32 flags) {
    bool non_blocking = socket.non_blocking() || (flags & kDontWait) != 0;
    if ((flags & kPeek) != 0) {
        std::vector<u8> bytes(std::min(to.size(), Pipe::kMaxCapacity));
        bytes.resize(TRY(socket.peek(bytes, non_blocking)));
        TRY(to.copy_to(0, bytes));
        return bytes.size();
    }
    size_t done = TRY(socket.receive(to, non_blocking));
    while ((flags & kWaitAll) != 0 && done != 0 && done < to.size()) {
        Result<size_t> more = socket.receive(to.slice(done, to.size() - done), non_blocking);
        if (!more || *more == 0) break;
        done += *more;
    }
    return done;
}

// struct msghdr.
struct Message {
    u64 name;
    u32 name_size, padding;
    u64 vectors, vector_count, control, control_size;
    u32 flags, padding_end;
};

}  // namespace

Result<u64> sys_sendto(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    return send_bytes(at.socket, TRY(buffer_argument(args[1], args[2])), as_u32(args[3]));
}

Result<u64> sys_recvfrom(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    size_t got = TRY(receive_bytes(at.socket, TRY(buffer_argument(args[1], args[2])), as_u32(args[3])));
    if (args[4] != 0) TRY(write_address(at.socket.peer_name(), args[4], args[5]));
    return got;
}

Result<u64> sys_sendmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    Message message = TRY(read_user(UserIn<Message>{{args[1]}}));
    // Descriptors and credentials do not travel yet: better refused than lost.
    if (message.control_size != 0) return err(Errno::Eopnotsupp);
    size_t done = 0;
    for (const IoVector& vector : TRY(read_io_vectors(message.vectors, message.vector_count))) {
        if (vector.size == 0) continue;
        Result<size_t> sent =
            send_bytes(at.socket, UserBuffer::guest({vector.base}, vector.size), as_u32(args[2]));
        if (!sent && done == 0) return err(sent.error());
        if (!sent) break;
        done += *sent;
        if (*sent < vector.size) break;
    }
    return done;
}

Result<u64> sys_recvmsg(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    Message message = TRY(read_user(UserIn<Message>{{args[1]}}));
    u32 flags = as_u32(args[2]);
    size_t done = 0;
    for (const IoVector& vector : TRY(read_io_vectors(message.vectors, message.vector_count))) {
        if (vector.size == 0) continue;
        u32 now = done == 0 ? flags : flags | kDontWait;
        Result<size_t> got = receive_bytes(at.socket, UserBuffer::guest({vector.base}, vector.size), now);
        if (!got && done == 0) return err(got.error());
        if (!got) break;
        done += *got;
        if (*got < vector.size || (flags & kPeek) != 0) break;
    }
    message.name_size = 0;
    message.control_size = 0;
    message.flags = 0;
    TRY(write_user(UserOut<Message>{{args[1]}}, message));
    return done;
}

namespace {

constexpr u32 kSocketLevel = 1;
enum SocketOption : u32 {
    kOptionType = 3,
    kOptionError = 4,
    kOptionSendBuffer = 7,
    kOptionReceiveBuffer = 8,
    kOptionPeerCredentials = 17,
    kOptionAcceptsConnections = 30,
    kOptionProtocol = 38,
    kOptionDomain = 39
};

Result<std::vector<u32>> option_value(const UnixSocket& socket, u32 option) {
    switch (option) {
        case kOptionType:
        case kOptionDomain:
            return std::vector<u32>{1};
        case kOptionError:
        case kOptionProtocol:
            return std::vector<u32>{0};
        case kOptionSendBuffer:
        case kOptionReceiveBuffer:
            return std::vector<u32>{Pipe::kDefaultCapacity};
        case kOptionAcceptsConnections:
            return std::vector<u32>{socket.listening() ? 1u : 0u};
        case kOptionPeerCredentials:
            return std::vector<u32>{socket.peer().pid, socket.peer().uid, socket.peer().gid};
        default:
            return err(Errno::Enoprotoopt);
    }
}

}  // namespace

Result<u64> sys_getsockopt(const SyscallArgs& args) {
    SocketArgument at = TRY(socket_argument(args[0]));
    if (as_u32(args[1]) != kSocketLevel) return err(Errno::Eopnotsupp);
    std::vector<u32> value = TRY(option_value(at.socket, as_u32(args[2])));
    u32 room = TRY(read_user(UserIn<u32>{{args[4]}}));
    if (static_cast<i32>(room) < 0) return err(Errno::Einval);
    u32 size = std::min(room / 4, static_cast<u32>(value.size()));
    for (u32 i = 0; i < size; ++i) TRY(write_user(UserOut<u32>{{args[3] + i * 4}}, value[i]));
    TRY(write_user(UserOut<u32>{{args[4]}}, size * 4));
    return u64{0};
}

Result<u64> sys_setsockopt(const SyscallArgs& args) {
    TRY(socket_argument(args[0]));
    if (as_u32(args[1]) != kSocketLevel) return err(Errno::Eopnotsupp);
    // Buffer sizes, time-outs, credentials: accepted as hints.
    if (static_cast<i32>(as_u32(args[4])) < 4) return err(Errno::Einval);
    TRY(read_user(UserIn<u32>{{args[3]}}));
    return u64{0};
}

}  // namespace occlum::kernel
