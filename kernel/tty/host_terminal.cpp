#include "kernel/tty/host_terminal.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/host_poll.h"
#include "kernel/task/process.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {
namespace {

constexpr u32 kInput = 0;

class HostTerminal final : public Tty, public HostPollListener {
public:
    explicit HostTerminal(u32 output) : Tty(0), output_fd_(output) {}
    void measure();

    u32 wanted(u32 fd) const override;
    void ready(u32 fd, u32 events) override;

protected:
    void output_added() override;
    WaitQueue& output_room() override { return console_writable(output_fd_); }
    void input_taken() override { feed(); }

private:
    void read_host();
    void feed();

    u32 output_fd_;
    bool listening_ = true;
    std::vector<u8> held_;  // typed, but the line discipline was full
    bool unsent_ = false;   // the host took only a part of output()
};

void HostTerminal::measure() {
    Result<abi::ConsoleInfoReply> info = enclave::console_info(kInput);
    if (info) set_window({info->rows, info->columns, info->x_pixels, info->y_pixels});
}

// What could not be sent stays in output() for the next chance.
void HostTerminal::output_added() {
    std::vector<u8>& bytes = output();
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
    Result<size_t> got = enclave::console_read(kInput, bytes);
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
    if (fd == kInput && listening_) events |= held_.empty() ? kPollPriority | kPollIn : kPollPriority;
    if (fd == output_fd_ && unsent_) events |= kPollOut;
    return events;
}

void HostTerminal::ready(u32 fd, u32 events) {
    if ((events & kPollPriority) != 0) measure();
    bool input = fd == kInput && listening_ && held_.empty();
    if (input && (events & (kPollIn | kPollHangUp | kPollError)) != 0) read_host();
    if (fd == output_fd_ && (events & kPollOut) != 0) output_added();
}

RefPtr<Tty>& attached() {
    [[clang::no_destroy]] static RefPtr<Tty> terminal;
    return terminal;
}

}  // namespace

bool host_has_terminal(u32 fd) {
    Result<abi::ConsoleInfoReply> info = enclave::console_info(fd);
    return info && info->is_tty != 0;
}

Result<void> attach_host_terminal(Process& leader) {
    if (!host_has_terminal(kInput)) return err(Errno::Eio);
    u32 output = host_has_terminal(1) ? 1 : kInput;
    auto terminal = make_ref<HostTerminal>(output);
    terminal->mode = 0600;
    terminal->uid = leader.credentials.uid;
    terminal->measure();
    terminal->become_controlling(leader);
    terminals().add(terminal);
    attached() = RefPtr<Tty>(terminal);
    set_host_listener(kInput, terminal.get());
    set_host_listener(output, terminal.get());
    return {};
}

bool host_terminal_attached() { return attached() != nullptr; }

}  // namespace occlum::kernel
