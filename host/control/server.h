// A running instance's side of its socket: a thread for each connection, which turns messages into commands
// for the enclave (host/services/sessions.h).
#pragma once

#include "host/control/protocol.h"

namespace occlum::host {

class ControlServer {
public:
    ControlServer(OwnedFd socket, Sessions& sessions) : socket_(std::move(socket)), sessions_(sessions) {}
    /// Accepts connections for ever, on a thread of its own. The object must stay.
    void start();

private:
    void accept_all();

    OwnedFd socket_;
    Sessions& sessions_;
};

}  // namespace occlum::host
