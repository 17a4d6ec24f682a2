#include "kernel/tty/host_terminal.h"

#include <algorithm>
#include <map>

#include "enclave/host.h"
#include "kernel/sched/host_poll.h"
#include "kernel/task/process.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {
namespace {

class HostTerminal final : public Tty, public HostPollListener {
public:
    HostTerminal(u32 number, Ref<ConsoleSession> session, u32 output)
        : Tty(number),
          session_(std::move(session)),
          input_fd_(abi::console_fd(session_->number, 0)),
          output_fd_(output) {}
    void measure();
    void follow();
    /// The caller is gone, or has what it wanted.
    void detach();

    u32 wanted(u32 fd) const override;
    void ready(u32 fd, u32 events) override;

protected:
    void output_added() override;
    WaitQueue& output_room() override { return console_writable(output_fd_); }
    void input_taken() override { feed(); }

private:
    void read_host();
    void feed();

    RefPtr<ConsoleSession> session_;
    u32 input_fd_, output_fd_;
    bool listening_ = true;
    std::vector<u8> held_;  // typed, but the line discipline was full
    bool unsent_ = false;   // the host took only a part of output()
};

void HostTerminal::follow() {
    set_host_listener(input_fd_, this);
    set_host_listener(output_fd_, this);
}

void HostTerminal::detach() {
    if (!session_) return;
    set_host_listener(input_fd_, nullptr);
    set_host_listener(output_fd_, nullptr);
    listening_ = false;
    session_ = nullptr;
    hang_up();
    wake_slave();
}

void HostTerminal::measure() {
    if (!session_) return;
    Result<abi::ConsoleInfoReply> info = enclave::console_info(input_fd_);
    if (info) set_window({info->rows, info->columns, info->x_pixels, info->y_pixels});
}

// What could not be sent stays in output() for the next chance.
void HostTerminal::output_added() {
    std::vector<u8>& bytes = output();
    if (!session_) return bytes.clear();
    size_t sent = 0;
    while (sent < bytes.size()) {
        Result<size_t> put = enclave::console_write(output_fd_, std::span<const u8>(bytes).subspan(sent));
        if (!put) {
            // A terminal that is gone takes everything.
            if (put.error() != Errno::Eagain) sent = bytes.size();
            break;
        }
        if (*put == 0) break;
        sent += std::min(*put, bytes.size() - sent);
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(sent));
    unsent_ = !bytes.empty();
}

void HostTerminal::feed() {
    if (held_.empty()) return;
    std::vector<u8> bytes = std::exchange(held_, {});
    size_t taken = type(bytes);
    held_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
}

void HostTerminal::read_host() {
    std::array<u8, 1024> bytes;
    Result<size_t> got = enclave::console_read(input_fd_, bytes);
    if (!got && got.error() == Errno::Eagain) return;
    if (!got || *got == 0) {
        listening_ = false;
        hang_up();
        return;
    }
    std::span<const u8> typed = std::span<const u8>(bytes).first(std::min(*got, bytes.size()));
    held_.assign(typed.begin(), typed.end());
    feed();
}

u32 HostTerminal::wanted(u32 fd) const {
    u32 events = 0;
    if (fd == input_fd_ && listening_) events |= held_.empty() ? kPollPriority | kPollIn : kPollPriority;
    if (fd == output_fd_ && unsent_) events |= kPollOut;
    return events;
}

void HostTerminal::ready(u32 fd, u32 events) {
    if ((events & kPollPriority) != 0) measure();
    bool input = fd == input_fd_ && listening_ && held_.empty();
    if (input && (events & (kPollIn | kPollHangUp | kPollError)) != 0) read_host();
    if (fd == output_fd_ && (events & kPollOut) != 0) output_added();
}

std::map<u32, Ref<HostTerminal>>& attached() {
    [[clang::no_destroy]] static std::map<u32, Ref<HostTerminal>> by_session;
    return by_session;
}

HostTerminal* terminal_of(u32 session) {
    const auto found = attached().find(session);
    return found == attached().end() ? nullptr : found->second.get();
}

}  // namespace

bool host_has_terminal(u32 fd) {
    Result<abi::ConsoleInfoReply> info = enclave::console_info(fd);
    return info && info->is_tty != 0;
}

Result<Ref<Tty>> attach_host_terminal(Process& leader, Ref<ConsoleSession> session) {
    const u32 input = abi::console_fd(session->number, 0);
    if (!host_has_terminal(input)) return err(Errno::Eio);
    const u32 output = host_has_terminal(input + 1) ? input + 1 : input;
    auto terminal = make_ref<HostTerminal>(TRY(terminals().free_number()), session, output);
    terminal->mode = 0600;
    terminal->uid = leader.credentials().uid;
    terminal->measure();
    terminal->become_controlling(leader);
    terminals().add(terminal);
    attached().insert_or_assign(session->number, terminal);
    terminal->follow();
    return Ref<Tty>(terminal);
}

void measure_host_terminal(u32 session) {
    if (HostTerminal* terminal = terminal_of(session)) terminal->measure();
}

void detach_host_terminal(u32 session) {
    HostTerminal* found = terminal_of(session);
    if (found == nullptr) return;
    const Ref<HostTerminal> terminal(*found);
    attached().erase(session);
    terminals().remove(terminal->number);
    terminal->detach();
}

bool host_terminal_attached() { return terminal_of(0) != nullptr; }

Result<Ref<FdTable>> open_session_files(Process& process, Ref<ConsoleSession> session, bool terminal) {
    auto files = make_ref<FdTable>();
    RefPtr<Tty> tty;
    if (terminal) tty = RefPtr<Tty>(TRY(attach_host_terminal(process, session)));
    for (u32 number = 0; number < abi::kConsolesOfSession; ++number) {
        Result<Ref<OpenFile>> file = err(Errno::Ebadf);
        if (tty && host_has_terminal(abi::console_fd(session->number, number)))
            file = open_path(*process.first_view, process.credentials(),
                             "/dev/pts/" + std::to_string(tty->number), kOpenReadWrite | kOpenNoTty, 0);
        else
            file = open_console(session, number);
        if (file) TRY(files->replace(static_cast<int>(number), *file, false));
    }
    return files;
}

}  // namespace occlum::kernel
