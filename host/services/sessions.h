// The sessions of a running instance: who has which descriptors, and the commands that wait for the enclave.
// Session 0 has this process's own descriptors 0, 1 and 2.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "abi/command.h"

namespace occlum::host {

/// Closes it.
class OwnedFd {
public:
    OwnedFd() = default;
    explicit OwnedFd(int fd) : fd_(fd) {}
    OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~OwnedFd();
    int get() const { return fd_; }
    bool good() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

using ConsoleFds = std::array<OwnedFd, abi::kConsolesOfSession>;

/// How a session's program has ended; `why` when it could not be run.
using SessionEnd = std::function<void(u32 status, const std::string& why)>;

/// Session numbers are used again; tickets are not.
struct SessionTicket {
    u32 session = 0;
    u64 serial = 0;
};

class Sessions {
public:
    Sessions();

    /// A program with these descriptors. Its session; EAGAIN: there are too many, E2BIG: too long a command.
    Result<SessionTicket> run(abi::BootConfig program, ConsoleFds fds, SessionEnd on_end);
    /// Descriptors for a session that is no program.
    void lend(u32 session, ConsoleFds fds);
    /// To the program of a session; nothing when that has ended.
    void tell(SessionTicket ticket, abi::CommandKind kind, u64 value);
    /// Its caller is gone: nobody wants to know how it ends.
    void hang_up(SessionTicket ticket);
    void stop(u64 milliseconds);
    u32 running() const;

    // What the enclave asks for.
    i64 next_command(std::span<u8> out);
    i64 done(u64 session, u64 status, std::string_view why);
    i64 close_console(u64 session);
    /// The host's descriptor for a console's number; -1: none.
    int descriptor(u64 console) const;
    /// Readable while commands wait.
    int command_event() const { return event_.get(); }

private:
    struct Session {
        u64 serial = 0;
        bool used = false;     ///< the enclave may still use the descriptors
        bool running = false;  ///< its program has not ended
        ConsoleFds fds;
        SessionEnd on_end;
    };
    Result<void> queue(const abi::Command& command);
    bool valid(SessionTicket ticket) const;

    mutable std::mutex lock_;
    std::array<Session, abi::kMaxSessions> sessions_;
    std::deque<std::vector<u8>> commands_;
    u64 last_serial_ = 0;
    OwnedFd event_;
};

}  // namespace occlum::host
