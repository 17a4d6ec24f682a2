// What `occlum exec`, `stop` and `status` say to a running instance over its UNIX socket, and what it
// answers. Only the instance's owner can connect. Neither side is trusted by the enclave.
//
// A message: {u32 kind, u32 length}, then as many bytes. Run carries three descriptors (SCM_RIGHTS).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "host/services/sessions.h"

namespace occlum::host {

enum class MessageKind : u32 {
    // To the instance.
    Run = 1,     ///< a boot blob: program, environment, directory, terminal
    Signal = 2,  ///< u64: for the program of this connection
    Window = 3,  ///< its terminal has another size
    Stop = 4,    ///< u64: milliseconds of grace
    Status = 5,
    // From it.
    Ended = 16,    ///< u64 status, then why it could not be run, if so
    Refused = 17,  ///< why
    Report = 18,   ///< text
};

inline constexpr u32 kMostMessage = 256 << 10;

struct Message {
    MessageKind kind = MessageKind::Status;
    std::vector<u8> bytes;
    ConsoleFds fds;

    u64 number() const;        ///< the first eight bytes; 0 when there are not as many
    std::string text() const;  ///< what follows the number
};

Message make_message(MessageKind kind, u64 number, const std::string& text = {});

/// False: the other side is gone.
bool send_message(int socket, const Message& message);
/// Nothing: the other side is gone, or has sent what is no message.
std::optional<Message> receive_message(int socket);

/// A socket named `name` in `directory`, whatever the length of its path; for the owner only.
std::expected<OwnedFd, std::string> listen_in(const std::string& directory, const std::string& name);
/// Bad: nobody listens.
OwnedFd connect_to(const std::string& directory, const std::string& name);

}  // namespace occlum::host
