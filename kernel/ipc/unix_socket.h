// UNIX stream sockets (unix(7)): never leave the enclave.
//
//   UnixSocket a ──Ref──> Pipe ──> UnixSocket b       a connection is two pipes; each socket is the
//   UnixSocket a <── Pipe <──Ref── UnixSocket b       writer of one and the reader of the other
//   listener ──Ref──> connected sockets that nobody has accepted yet
//   names ─ ─> bound sockets                          without owning them; closing takes the name away
#pragma once

#include <deque>

#include "kernel/ipc/pipe.h"

namespace occlum::kernel {

/// What connect(2) and bind(2) name: a socket file, or an abstract name.
struct UnixName {
    RefPtr<Inode> file;  ///< null: abstract
    std::string text;    ///< the path as given, or the name behind the NUL
    bool unnamed() const { return !file && text.empty(); }
};

/// SO_PEERCRED.
struct PeerIdentity {
    u32 pid = 0, uid = 0, gid = 0;
};

class UnixSocket final : public OpenFile {
public:
    UnixSocket(u32 flags, const PeerIdentity& owner) : OpenFile(flags), owner_(owner) {}
    ~UnixSocket() override;

    static void connect_pair(UnixSocket& one, UnixSocket& other);
    Result<void> bind(UnixName name);            ///< EINVAL: has a name; EADDRINUSE
    Result<void> listen(u32 backlog);            ///< EINVAL: no name, or connected
    Result<void> connect(const UnixName& name);  ///< ECONNREFUSED, EISCONN, EAGAIN
    Result<Ref<UnixSocket>> accept(u32 flags);   ///< EINVAL: does not listen
    Result<void> shutdown(bool reading, bool writing);

    Result<size_t> receive(const UserBuffer& to, bool non_blocking);
    Result<size_t> send(const UserBuffer& from, bool non_blocking);
    Result<size_t> peek(std::span<u8> out, bool non_blocking);

    Result<size_t> read(const UserBuffer& to) override { return receive(to, non_blocking()); }
    Result<size_t> write(const UserBuffer& from) override { return send(from, non_blocking()); }
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override;
    void closed() override;
    UnixSocket* as_unix_socket() override { return this; }

    bool listening() const { return listening_; }
    bool connected() const { return incoming_ != nullptr; }
    const UnixName& name() const { return name_; }
    const UnixName& peer_name() const { return peer_name_; }
    const PeerIdentity& peer() const { return peer_; }

private:
    void stop_reading();
    void stop_writing();
    static UnixSocket* bound(const UnixName& name);

    PeerIdentity owner_, peer_;
    UnixName name_, peer_name_;
    RefPtr<Pipe> incoming_, outgoing_;
    bool reads_ = false, writes_ = false;  // counted in the pipes
    bool listening_ = false;
    bool closed_ = false;
    u32 backlog_ = 0;
    std::deque<Ref<UnixSocket>> waiting_;
    WaitQueue changed_;
};

/// A socket with its dentry. `flags`: O_NONBLOCK.
Ref<UnixSocket> make_unix_socket(u32 flags, const PeerIdentity& owner);

}  // namespace occlum::kernel
