// Life cycle, waiting and console: the faces of enclave/host.h that are not files.
#include <algorithm>

#include "enclave/enclave_only/reply.h"
#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/host.h"

namespace occlum::enclave {

namespace {

/// Sends text in pieces; what the host answers does not matter.
void send_text(abi::HostCall number, std::string_view text, u64 kind = 0) {
    while (!text.empty()) {
        const auto piece = text.substr(0, abi::kCallDataSize);
        CallArea area;
        area.put(0, piece);
        area.call(number, {piece.size(), kind});
        text.remove_prefix(piece.size());
    }
}

}  // namespace

void host_exit(u32 status) {
    // A host that answers gets asked again: there is nothing left to run.
    for (;;) CallArea().call(abi::HostCall::Exit, {status});
}

void host_log(std::string_view text) { send_text(abi::HostCall::Log, text); }
void host_report(abi::ReportKind kind, std::string_view text) {
    send_text(abi::HostCall::Report, text, kind);
}

Result<abi::BootConfig> host_boot_config() {
    std::vector<u8> blob;
    for (;;) {
        CallArea area;
        const i64 reply = area.call(abi::HostCall::BootConfig, {blob.size()});
        const u64 size = TRY(checked_reply(reply, abi::kCallDataSize));
        if (size == 0) return abi::decode_boot_config(blob);
        if (blob.size() + size > abi::kMaxBootBlob) return err(Errno::E2big);
        const size_t old = blob.size();
        blob.resize(old + size);
        area.take(0, std::span(blob).subspan(old));
    }
}

Result<size_t> host_wait(u64 timeout_ns, std::span<abi::PollEntry> polled) {
    if (polled.size() > abi::kMaxPolled) return err(Errno::Einval);
    CallArea area;
    for (size_t i = 0; i < polled.size(); ++i) {
        polled[i].ready = 0;
        area.put_struct(i * sizeof(abi::PollEntry), polled[i]);
    }
    const i64 reply = area.call(abi::HostCall::Wait, {timeout_ns, polled.size()});
    TRY(checked_reply(reply, polled.size()));
    size_t ready = 0;
    for (size_t i = 0; i < polled.size(); ++i) {
        // poll(2) may add POLLERR, POLLHUP and POLLNVAL to what was wanted.
        constexpr u16 kAlways = 0x38;
        const auto answer = area.take_struct<abi::PollEntry>(i * sizeof(abi::PollEntry));
        polled[i].ready = static_cast<u16>(answer.ready & (polled[i].wanted | kAlways));
        ready += polled[i].ready != 0 ? 1 : 0;
    }
    return ready;
}

void host_kick(u32 vcpu) { CallArea().call(abi::HostCall::Kick, {vcpu}); }
void host_interrupt(u32 vcpu) { CallArea().call(abi::HostCall::Interrupt, {vcpu}); }
void host_set_tick(u64 period_ns) { CallArea().call(abi::HostCall::SetTick, {period_ns}); }

Result<abi::Command> next_command() {
    CallArea area;
    const u64 size = TRY(checked_reply(area.call(abi::HostCall::CommandNext, {}), abi::kCallDataSize));
    std::vector<u8> bytes(size);
    area.take(0, bytes);
    return abi::decode_command(bytes);
}

void command_done(u32 session, u32 status, std::string_view why) {
    constexpr size_t kMostText = 1024;
    why = why.substr(0, kMostText);
    CallArea area;
    area.put(0, why);
    area.call(abi::HostCall::CommandDone, {session, status, why.size()});
}

void console_close(u32 session) { CallArea().call(abi::HostCall::ConsoleClose, {session}); }

Result<size_t> console_read(u32 fd, std::span<u8> out) {
    CallArea area;
    const u64 size = std::min<u64>(out.size(), abi::kCallDataSize);
    const u64 got = TRY(checked_reply(area.call(abi::HostCall::ConsoleRead, {fd, size}), size));
    area.take(0, out.first(got));
    return got;
}

Result<size_t> console_write(u32 fd, std::span<const u8> bytes) {
    CallArea area;
    const u64 size = std::min<u64>(bytes.size(), abi::kCallDataSize);
    area.put(0, bytes.first(size));
    return checked_reply(area.call(abi::HostCall::ConsoleWrite, {fd, size}), size);
}

Result<abi::ConsoleInfoReply> console_info(u32 fd) {
    CallArea area;
    TRY(checked_reply(area.call(abi::HostCall::ConsoleInfo, {fd}), 0));
    return area.take_struct<abi::ConsoleInfoReply>(0);
}

}  // namespace occlum::enclave
