#include "kernel/gdb/connection.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/host_poll.h"
#include "kernel/task/current.h"

namespace occlum::kernel::gdb {
namespace {

constexpr u32 kInput = abi::console_fd(abi::kDebuggerSession, 0);
constexpr u32 kOutput = abi::console_fd(abi::kDebuggerSession, 1);

}  // namespace

Connection::Connection() { use_consoles_of(abi::kDebuggerSession); }

WaitQueue& Connection::readable() { return console_readable(kInput); }

void Connection::receive(PacketReader& reader) {
    std::array<u8, 4096> bytes{};
    while (open_) {
        const auto got = enclave::console_read(kInput, bytes);
        if (!got && got.error() == Errno::Eagain) return;
        if (!got || *got == 0) open_ = false;
        if (got) reader.add(std::span<const u8>(bytes).first(std::min(*got, bytes.size())));
    }
}

void Connection::send(std::string_view text) {
    const std::vector<u8> bytes(text.begin(), text.end());
    const WaitEntry writable(console_writable(kOutput), current_task());
    for (size_t sent = 0; open_ && sent < bytes.size();) {
        const auto put = enclave::console_write(kOutput, std::span(bytes).subspan(sent));
        if (put)
            sent += std::min(*put, bytes.size() - sent);
        else if (put.error() == Errno::Eagain)
            (void)block(std::nullopt, Sleep::Uninterruptible);
        else
            open_ = false;
    }
}

}  // namespace occlum::kernel::gdb
