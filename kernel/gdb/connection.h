// The byte stream to gdb: a socket of the host, as a session's descriptors (abi/command.h).
#pragma once

#include <string_view>

#include "abi/command.h"
#include "kernel/gdb/packet.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel::gdb {

class Connection {
public:
    Connection();
    /// False: gdb is gone.
    bool open() const { return open_; }
    /// What the host has; never waits.
    void receive(PacketReader& reader);
    void send(std::string_view bytes);
    WaitQueue& readable();
    void close() { open_ = false; }

private:
    bool open_ = true;
};

}  // namespace occlum::kernel::gdb
