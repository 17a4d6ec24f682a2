// Terminals: a line discipline, the session that it controls, and the waiting of its readers and writers.
//
//   TtyFile (descriptors) ──Ref──> Tty <──Ref── Terminals (by number, as in /dev/pts)
//                                  ├─ HostTerminal: the terminal that `occlum run -t` was called from
//                                  └─ Pty <──Ref── PtyMaster (descriptors of /dev/ptmx)
//
// A session has at most one controlling terminal, the one whose session() it is.
#pragma once

#include <map>

#include "kernel/fs/open_file.h"
#include "kernel/tty/line_discipline.h"

namespace occlum::kernel {

class Process;

class Tty : public RefCounted {
public:
    explicit Tty(u32 number) : number(number) {}

    const u32 number;
    // As devpts shows it.
    u32 mode = 0620, uid = 0, gid = 5;
    bool locked = false;  ///< a slave that its master has not released yet: cannot be opened

    /// Bytes from the keyboard; how many were taken. Raises signals.
    size_t type(std::span<const u8> bytes);
    Result<size_t> read(const UserBuffer& to, bool non_blocking);
    Result<size_t> write(const UserBuffer& from, bool non_blocking);
    u32 poll(PollTable* table);
    virtual Result<u64> ioctl(u32 request, u64 argument);

    u32 session() const { return session_; }
    u32 foreground() const { return foreground_; }
    bool hung_up() const { return hung_up_; }
    /// open(2) by a session leader without a terminal, or TIOCSCTTY.
    void become_controlling(Process& leader);
    /// Takes the terminal from its session: the leader has exited, or gives it up.
    void end_session();
    /// The other side is gone for ever.
    void hang_up();
    void set_window(const WindowSize& size);
    const WindowSize& window() const { return window_; }
    /// TIOCEXCL keeps others but the superuser out.
    bool exclusive() const { return exclusive_; }

    virtual void opened() {}
    virtual void closed() {}

protected:
    static constexpr size_t kMostOutput = 64 << 10;

    /// Bytes have been added to output(): passes on what can be.
    virtual void output_added() = 0;
    /// What a writer without room waits for.
    virtual WaitQueue& output_room() { return writable_; }
    virtual void input_taken() {}
    /// For packet mode.
    virtual void note(u8) {}
    std::vector<u8>& output() { return line_.shown(); }
    bool output_full() { return line_.output_stopped() || output().size() >= kMostOutput; }
    LineDiscipline& line() { return line_; }
    Result<u64> terminal_ioctl(u32 request, u64 argument);
    void wake_slave();

    WaitQueue readable_, writable_;

private:
    Result<void> check_read();
    Result<void> check_change();
    Result<void> check_background(int signal, bool reading);
    bool controls_caller() const;
    Result<size_t> read_line(const UserBuffer& to, bool non_blocking);
    Result<size_t> read_raw(const UserBuffer& to, bool non_blocking);
    Result<void> wait_for_input(bool non_blocking, std::optional<u64> deadline);
    Result<void> wait_for_room(bool non_blocking);

    Result<u64> settings_ioctl(u32 request, u64 argument);
    Result<u64> session_ioctl(u32 request, u64 argument);
    Result<u64> flush_ioctl(u32 request, u64 argument);
    Result<u64> set_settings(const Termios& wanted, u32 speed_in, u32 speed_out, bool drain, bool flush);
    Result<u64> set_foreground(u64 argument);
    Result<u64> take_control(u64 argument);
    Result<void> drain();
    void flush(u32 which);
    void set_stopped(bool stopped);

    LineDiscipline line_;
    u32 input_speed_ = 38400, output_speed_ = 38400;
    WindowSize window_;
    u32 session_ = 0, foreground_ = 0;
    bool hung_up_ = false, exclusive_ = false;
};

/// A descriptor of a terminal (the slave's side of a pty).
class TtyFile final : public OpenFile {
public:
    TtyFile(u32 flags, Ref<Tty> tty) : OpenFile(flags), tty_(std::move(tty)) { tty_->opened(); }
    ~TtyFile() override { closed(); }
    Result<size_t> read(const UserBuffer& to) override { return tty_->read(to, non_blocking()); }
    Result<size_t> write(const UserBuffer& from) override { return tty_->write(from, non_blocking()); }
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override { return tty_->poll(table); }
    bool readiness_is_told() const override { return false; }  // the host does not tell
    bool signals_readiness() const override { return true; }
    void closed() override;

private:
    Ref<Tty> tty_;
    bool closed_ = false;
};

/// Opens a terminal; a session leader without one gets it as its own, unless O_NOCTTY. EIO, EBUSY.
Result<Ref<OpenFile>> open_tty(Ref<Tty> tty, u32 flags);

/// All terminals, by their numbers below /dev/pts.
class Terminals {
public:
    static constexpr u32 kMost = 4096;
    Result<u32> free_number() const;  ///< ENOSPC
    void add(Ref<Tty> tty) { ttys_.insert_or_assign(tty->number, tty); }
    void remove(u32 number) { ttys_.erase(number); }
    RefPtr<Tty> find(u32 number) const;
    const std::map<u32, Ref<Tty>>& all() const { return ttys_; }
    /// The controlling terminal of a process; null: none.
    RefPtr<Tty> controlling(const Process& process) const;

private:
    std::map<u32, Ref<Tty>> ttys_;
};
Terminals& terminals();

/// A session leader has exited: its terminal's foreground group is hung up.
void end_terminal_session(const Process& leader);

}  // namespace occlum::kernel
