#include "kernel/tty/tty.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_table.h"

namespace occlum::kernel {
namespace {

constexpr size_t kChunk = 4096;
constexpr u64 kTenthNs = 100'000'000;

bool blocked_or_ignored(const Task& task, int signal) {
    return task.blocked.has(signal) || task.process().actions->of(signal).handler == kSigIgnore;
}

}  // namespace

Terminals& terminals() {
    [[clang::no_destroy]] static Terminals all;
    return all;
}

Result<u32> Terminals::free_number() const {
    u32 number = 0;
    for (const auto& [taken, tty] : ttys_) {
        if (taken != number) break;
        ++number;
    }
    if (number >= kMost) return err(Errno::Enospc);
    return number;
}

RefPtr<Tty> Terminals::find(u32 number) const {
    auto found = ttys_.find(number);
    return found == ttys_.end() ? nullptr : RefPtr<Tty>(found->second);
}

RefPtr<Tty> Terminals::controlling(const Process& process) const {
    for (const auto& [number, tty] : ttys_)
        if (tty->session() != 0 && tty->session() == process.session) return RefPtr<Tty>(tty);
    return nullptr;
}

void end_terminal_session(const Process& leader) {
    if (leader.session != leader.pid) return;
    if (RefPtr<Tty> tty = terminals().controlling(leader)) tty->end_session();
}

bool Tty::controls_caller() const { return session_ != 0 && session_ == current_process().session; }

// POSIX job control: what a process in the background may do.
Result<void> Tty::check_background(int signal, bool reading) {
    u32 group = current_process().group;
    if (!controls_caller() || foreground_ == 0 || foreground_ == group) return {};
    if (blocked_or_ignored(current_task(), signal)) {
        if (reading) return err(Errno::Eio);
        return {};
    }
    if (is_orphaned_group(group)) return err(Errno::Eio);
    static_cast<void>(send_signal_to_group(group, SigInfo::kernel(signal)));
    return err(Errno::Erestartsys);
}

Result<void> Tty::check_read() { return check_background(kSigTtin, true); }
Result<void> Tty::check_change() { return check_background(kSigTtou, false); }

void Tty::become_controlling(Process& leader) {
    session_ = leader.session;
    foreground_ = leader.group;
}

void Tty::end_session() {
    u32 group = std::exchange(foreground_, 0);
    session_ = 0;
    if (group == 0) return;
    static_cast<void>(send_signal_to_group(group, SigInfo::kernel(kSigHup)));
    static_cast<void>(send_signal_to_group(group, SigInfo::kernel(kSigCont)));
}

void Tty::hang_up() {
    if (std::exchange(hung_up_, true)) return;
    if (session_ != 0) {
        if (RefPtr<Process> leader = pid_table().process(session_)) {
            send_signal(*leader, SigInfo::kernel(kSigHup));
            send_signal(*leader, SigInfo::kernel(kSigCont));
        }
        end_session();
    }
    line_.flush_input();
    wake_slave();
}

void Tty::wake_slave() {
    readable_.wake_all();
    writable_.wake_all();
}

void Tty::set_window(const WindowSize& size) {
    if (std::exchange(window_, size) == size || foreground_ == 0) return;
    static_cast<void>(send_signal_to_group(foreground_, SigInfo::kernel(kSigWinch)));
}

size_t Tty::type(std::span<const u8> bytes) {
    size_t taken = 0;
    bool was_stopped = line_.output_stopped();
    for (; taken < bytes.size() && line_.has_room(); ++taken) {
        int signal = line_.receive(bytes[taken]);
        if (signal == 0) continue;
        if (!line_.termios.has(kNoFlush)) note(kPacketFlushRead);
        if (foreground_ != 0) static_cast<void>(send_signal_to_group(foreground_, SigInfo::kernel(signal)));
    }
    // An echo that nobody takes away is lost, rather than kept without end.
    if (output().size() > 2 * kMostOutput) output().resize(2 * kMostOutput);
    output_added();
    if (line_.output_stopped() != was_stopped) writable_.wake_all();
    if (line_.readable() || taken != bytes.size()) readable_.wake_all();
    return taken;
}

Result<void> Tty::wait_for_input(bool non_blocking, std::optional<u64> deadline) {
    if (non_blocking) return err(Errno::Eagain);
    size_t before = line_.pending();
    return wait_until(
        readable_, [&] { return hung_up_ || (line_.readable() && line_.pending() != before); }, deadline);
}

Result<size_t> Tty::read_line(const UserBuffer& to, bool non_blocking) {
    while (!line_.readable()) {
        if (hung_up_) return size_t{0};
        if (!line_.termios.canonical()) return read_raw(to, non_blocking);
        if (non_blocking) return err(Errno::Eagain);
        TRY(wait_until(readable_,
                       [&] { return hung_up_ || line_.readable() || !line_.termios.canonical(); }));
        TRY(check_read());
    }
    std::vector<u8> bytes = line_.take(to.size());
    input_taken();
    TRY(to.copy_to(0, bytes));
    return bytes.size();
}

// VMIN and VTIME (termios(3)): the least to read; the longest pause, or the longest wait when VMIN is 0.
Result<size_t> Tty::read_raw(const UserBuffer& to, bool non_blocking) {
    size_t least = line_.termios.characters.at(kReadMinimum);
    u64 pause_ns = line_.termios.characters.at(kReadTime) * kTenthNs;
    std::optional<u64> deadline;
    if (least == 0) deadline = pause_ns == 0 ? 0 : enclave::monotonic_ns() + pause_ns;
    size_t wanted = std::min(to.size(), std::max<size_t>(least, 1));
    size_t done = 0;
    for (;;) {
        std::vector<u8> bytes = line_.take(to.size() - done);
        if (!bytes.empty()) {
            input_taken();
            TRY(to.copy_to(done, bytes));
            done += bytes.size();
            if (least != 0 && pause_ns != 0) deadline = enclave::monotonic_ns() + pause_ns;
        }
        if (done >= wanted || hung_up_) return done;
        Result<void> waited = wait_for_input(non_blocking, deadline);
        if (waited) continue;
        if (done != 0 || waited.error() == Errno::Etimedout) return done;
        return err(waited.error());
    }
}

Result<size_t> Tty::read(const UserBuffer& to, bool non_blocking) {
    if (hung_up_ || to.size() == 0) return size_t{0};
    Ref<Tty> keep(*this);
    TRY(check_read());
    UserBuffer part = to.slice(0, std::min(to.size(), size_t{64} << 10));
    return line_.termios.canonical() ? read_line(part, non_blocking) : read_raw(part, non_blocking);
}

Result<void> Tty::wait_for_room(bool non_blocking) {
    while (!hung_up_ && output_full()) {
        if (non_blocking) return err(Errno::Eagain);
        WaitEntry room(output_room(), current_task());
        WaitEntry restarted(writable_, current_task());
        if (!output_full()) break;
        TRY(block(std::nullopt));
        output_added();
    }
    if (hung_up_) return err(Errno::Eio);
    return {};
}

Result<size_t> Tty::write(const UserBuffer& from, bool non_blocking) {
    if (hung_up_) return err(Errno::Eio);
    Ref<Tty> keep(*this);
    if (line_.termios.has(kStopBackground)) TRY(check_change());
    std::array<u8, kChunk> chunk;
    size_t done = 0;
    while (done < from.size()) {
        Result<void> step = wait_for_room(non_blocking);
        std::span<u8> piece = std::span(chunk).first(std::min(chunk.size(), from.size() - done));
        if (step) step = from.copy_from(done, piece);
        if (!step) {
            if (done != 0) break;
            return err(step.error());
        }
        for (u8 byte : piece) line_.put_output(byte);
        done += piece.size();
        output_added();
    }
    return done;
}

u32 Tty::poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(readable_);
        table->wait_on(writable_);
        if (&output_room() != &writable_) table->wait_on(output_room());
    }
    if (hung_up_) return kPollIn | kPollReadNormal | kPollOut | kPollWriteNormal | kPollHangUp | kPollError;
    u32 events = 0;
    const Termios& termios = line_.termios;
    size_t least = 1;
    if (!termios.canonical() && termios.characters.at(kReadTime) == 0)
        least = std::max<size_t>(1, termios.characters.at(kReadMinimum));
    bool enough = termios.canonical() ? line_.readable() : line_.pending() >= least;
    if (enough) events |= kPollIn | kPollReadNormal;
    if (!output_full()) events |= kPollOut | kPollWriteNormal;
    return events;
}

Result<u64> TtyFile::ioctl(u64 request, u64 argument) {
    if (tty_->hung_up()) return err(Errno::Eio);
    return tty_->ioctl(static_cast<u32>(request), argument);
}

void TtyFile::closed() {
    if (!std::exchange(closed_, true)) tty_->closed();
}

namespace {

void take_if_free(Tty& tty) {
    Process& self = current_process();
    bool leader = self.session == self.pid;
    if (leader && tty.session() == 0 && !terminals().controlling(self)) tty.become_controlling(self);
}

}  // namespace

Result<Ref<OpenFile>> open_tty(Ref<Tty> tty, u32 flags) {
    if (tty->hung_up() || tty->locked) return err(Errno::Eio);
    if (tty->exclusive() && !current_credentials().is_superuser()) return err(Errno::Ebusy);
    // As Linux: only through a descriptor that can read.
    bool reads = (flags & kOpenAccessMask) != kOpenWriteOnly;
    if (reads && (flags & kOpenNoTty) == 0) take_if_free(*tty);
    return Ref<OpenFile>(make_ref<TtyFile>(flags, std::move(tty)));
}

}  // namespace occlum::kernel
