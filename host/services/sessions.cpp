#include "host/services/sessions.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "abi/host_calls.h"

namespace occlum::host {

namespace {

i64 number_of(Errno code) { return -static_cast<i64>(code); }

}  // namespace

OwnedFd::~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
}

Sessions::Sessions() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<void> Sessions::queue(const abi::Command& command) {
    auto bytes = abi::encode_command(command);
    if (bytes.size() > abi::kCallDataSize) return err(Errno::E2big);
    commands_.push_back(std::move(bytes));
    const u64 one = 1;
    (void)!write(event_.get(), &one, sizeof one);
    return {};
}

Result<SessionTicket> Sessions::run(abi::BootConfig program, ConsoleFds fds, SessionEnd on_end) {
    const std::lock_guard guard(lock_);
    const auto free = std::find_if(sessions_.begin() + 1, sessions_.end(),
                                   [](const Session& session) { return !session.used && !session.running; });
    if (free == sessions_.end()) return err(Errno::Eagain);
    const auto number = static_cast<u32>(free - sessions_.begin());
    TRY(queue({abi::CommandKind::Run, number, 0, std::move(program)}));
    *free = {++last_serial_, true, true, std::move(fds), std::move(on_end)};
    return SessionTicket{number, last_serial_};
}

void Sessions::lend(u32 session, ConsoleFds fds) {
    const std::lock_guard guard(lock_);
    sessions_.at(session) = {.serial = ++last_serial_, .used = true, .fds = std::move(fds), .on_end = {}};
}

bool Sessions::valid(SessionTicket ticket) const {
    const Session& session = sessions_.at(ticket.session);
    return session.running && session.serial == ticket.serial;
}

void Sessions::tell(SessionTicket ticket, abi::CommandKind kind, u64 value) {
    const std::lock_guard guard(lock_);
    if (valid(ticket)) (void)queue({kind, ticket.session, value, {}});
}

void Sessions::hang_up(SessionTicket ticket) {
    const std::lock_guard guard(lock_);
    if (!valid(ticket)) return;
    sessions_.at(ticket.session).on_end = nullptr;
    (void)queue({abi::CommandKind::HangUp, ticket.session, 0, {}});
}

void Sessions::stop(u64 milliseconds) {
    const std::lock_guard guard(lock_);
    (void)queue({abi::CommandKind::Stop, 0, milliseconds, {}});
}

u32 Sessions::running() const {
    const std::lock_guard guard(lock_);
    return static_cast<u32>(
        std::ranges::count_if(sessions_, [](const Session& session) { return session.running; }));
}

i64 Sessions::next_command(std::span<u8> out) {
    const std::lock_guard guard(lock_);
    if (commands_.empty()) return number_of(Errno::Eagain);
    const std::vector<u8> bytes = std::move(commands_.front());
    commands_.pop_front();
    if (commands_.empty()) {
        u64 count = 0;
        (void)!read(event_.get(), &count, sizeof count);
    }
    if (bytes.size() > out.size()) return number_of(Errno::E2big);
    std::ranges::copy(bytes, out.begin());
    return static_cast<i64>(bytes.size());
}

i64 Sessions::done(u64 session, u64 status, std::string_view why) {
    SessionEnd on_end;
    {
        const std::lock_guard guard(lock_);
        if (session == 0 || session >= sessions_.size() || !sessions_.at(session).running)
            return number_of(Errno::Einval);
        sessions_.at(session).running = false;
        on_end = std::exchange(sessions_.at(session).on_end, nullptr);
    }
    if (on_end) on_end(static_cast<u32>(status & 0xff), std::string(why));
    return 0;
}

i64 Sessions::close_console(u64 session) {
    const std::lock_guard guard(lock_);
    if (session == 0 || session >= sessions_.size()) return number_of(Errno::Einval);
    sessions_.at(session).fds = {};
    sessions_.at(session).used = false;
    return 0;
}

int Sessions::descriptor(u64 console) const {
    if (console < abi::kConsolesOfSession) return static_cast<int>(console);
    const std::lock_guard guard(lock_);
    const u64 session = console / abi::kConsolesOfSession;
    if (session >= sessions_.size()) return -1;
    return sessions_.at(session).fds.at(console % abi::kConsolesOfSession).get();
}

}  // namespace occlum::host
