#include "kernel/tty/console.h"

#include "enclave/host.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/time.h"
#include "kernel/sched/host_poll.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr u64 kTerminalDevice = make_device(136, 0);
constexpr size_t kChunk = 64 << 10;

// ioctl_tty(2).
enum : u64 {
    kGetTermios = 0x5401,
    kSetTermios = 0x5402,
    kSetTermiosDrain = 0x5403,
    kSetTermiosFlush = 0x5404,
    kGetGroup = 0x540f,
    kSetGroup = 0x5410,
    kGetWindow = 0x5413,
    kSetWindow = 0x5414,
    kFionRead = 0x541b,
    kGetSession = 0x5429
};

struct Termios {
    u32 input = 02400, output = 05, control = 0277, local = 0105073;
    u8 line = 0;
    std::array<u8, 19> characters{3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
};
static_assert(sizeof(Termios) == 36);

struct WindowSize {
    u16 rows, columns, x_pixels, y_pixels;
};

// What all descriptors of the terminal share.
struct TerminalState {
    Termios termios;
    u32 group = 0;
};
TerminalState& terminal_state() {
    static TerminalState state;
    return state;
}

// What fstat(2) sees: a terminal, or a FIFO for whatever else the host has there, because only reading and
// writing in order are offered.
class ConsoleInode final : public Inode {
public:
    ConsoleInode(Ref<ConsoleSession> session, u32 number, bool terminal)
        : Inode(terminal ? kTypeCharacter : kTypeFifo),
          session_(std::move(session)),
          number_(number),
          made_(file_time_now()) {}
    Result<Attributes> attributes() override {
        static const u64 device = next_device_number();
        bool terminal = type() == kTypeCharacter;
        return Attributes{.device = device,
                          .inode = terminal ? 3 : inode_number(),
                          .mode = type() | 0666,  // whoever got the descriptor may reopen it
                          .rdev = terminal ? kTerminalDevice : 0,
                          .block_size = u64{terminal ? 1024u : 4096u},
                          .accessed = made_,
                          .modified = made_,
                          .changed = made_,
                          .born = made_};
    }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        return {};
    }
    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 inode_number() const { return u64{10} + abi::console_fd(session_->number, number_); }

private:
    Ref<ConsoleSession> session_;
    u32 number_;
    TimeSpec made_;
};

class ConsoleFile final : public OpenFile {
public:
    ConsoleFile(u32 flags, Ref<ConsoleSession> session, u32 number, bool terminal)
        : OpenFile(flags),
          session_(std::move(session)),
          fd_(abi::console_fd(session_->number, number)),
          terminal_(terminal) {}

    Result<size_t> read(const UserBuffer& to) override;
    Result<size_t> write(const UserBuffer& from) override;
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override;
    bool readiness_is_told() const override { return false; }  // the host does not tell

private:
    Result<u64> window_size(GuestAddr to) const;

    Ref<ConsoleSession> session_;
    u32 fd_;
    bool terminal_;
};

bool ready_now(u32 fd, u32 events) {
    std::array<abi::PollEntry, 1> entry{{{.fd = fd, .wanted = static_cast<u16>(events), .ready = 0}}};
    Result<size_t> ready = enclave::host_wait(0, entry);
    return ready && entry[0].ready != 0;
}

Result<size_t> ConsoleFile::read(const UserBuffer& to) {
    if (to.size() == 0) return size_t{0};
    std::vector<u8> bytes(std::min(to.size(), kChunk));
    for (;;) {
        Result<size_t> got = enclave::console_read(fd_, bytes);
        if (got) {
            size_t size = std::min(*got, bytes.size());
            TRY(to.copy_to(0, std::span<const u8>(bytes).first(size)));
            return size;
        }
        if (got.error() != Errno::Eagain) return err(Errno::Eio);
        if (non_blocking()) return err(Errno::Eagain);
        WaitEntry entry(console_readable(fd_), current_task());
        TRY(block(std::nullopt));
    }
}

Result<size_t> ConsoleFile::write(const UserBuffer& from) {
    std::vector<u8> bytes(std::min(from.size(), kChunk));
    size_t done = 0;
    auto outcome = [&](Errno failure) -> Result<size_t> {
        if (done != 0) return done;
        return err(failure);
    };
    while (done < from.size()) {
        std::span<u8> piece = std::span(bytes).first(std::min(bytes.size(), from.size() - done));
        if (Result<void> copied = from.copy_from(done, piece); !copied) return outcome(copied.error());
        Result<size_t> put = enclave::console_write(fd_, piece);
        if (put) {
            done += std::min(*put, piece.size());
            continue;
        }
        if (put.error() != Errno::Eagain)
            return outcome(put.error() == Errno::Epipe ? Errno::Epipe : Errno::Eio);
        if (non_blocking()) return outcome(Errno::Eagain);
        WaitEntry entry(console_writable(fd_), current_task());
        if (Result<void> waited = block(std::nullopt); !waited) return outcome(waited.error());
    }
    return done;
}

u32 ConsoleFile::poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(console_readable(fd_));
        table->wait_on(console_writable(fd_));
    }
    u32 events = 0;
    if (ready_now(fd_, kPollIn)) events |= kPollIn | kPollReadNormal;
    if (ready_now(fd_, kPollOut)) events |= kPollOut | kPollWriteNormal;
    return events;
}

Result<u64> ConsoleFile::window_size(GuestAddr to) const {
    Result<abi::ConsoleInfoReply> info = enclave::console_info(fd_);
    if (!info) return err(Errno::Eio);
    WindowSize size{info->rows, info->columns, info->x_pixels, info->y_pixels};
    TRY(write_user(UserOut<WindowSize>{to}, size));
    return u64{0};
}

Result<u64> ConsoleFile::ioctl(u64 request, u64 argument) {
    if (request == kFionRead) {
        TRY(write_user(UserOut<i32>{{argument}}, ready_now(fd_, kPollIn) ? 1 : 0));
        return u64{0};
    }
    if (!terminal_) return err(Errno::Enotty);
    TerminalState& state = terminal_state();
    switch (request) {
        case kGetTermios:
            TRY(write_user(UserOut<Termios>{{argument}}, state.termios));
            return u64{0};
        case kSetTermios:
        case kSetTermiosDrain:
        case kSetTermiosFlush:
            // Kept, and shown again; the host's terminal stays as it is.
            state.termios = TRY(read_user(UserIn<Termios>{{argument}}));
            return u64{0};
        case kGetGroup:
            TRY(write_user(UserOut<u32>{{argument}},
                           state.group != 0 ? state.group : current_process().group));
            return u64{0};
        case kSetGroup:
            state.group = TRY(read_user(UserIn<u32>{{argument}}));
            return u64{0};
        case kGetSession:
            TRY(write_user(UserOut<u32>{{argument}}, current_process().session));
            return u64{0};
        case kGetWindow:
            return window_size({argument});
        case kSetWindow:
            return u64{0};
        default:
            return err(Errno::Enotty);
    }
}

}  // namespace

ConsoleSession::ConsoleSession(u32 session) : number(session) { use_consoles_of(session); }

ConsoleSession::~ConsoleSession() {
    if (number != 0) enclave::console_close(number);
}

namespace {

/// `flags`: of open(2); nothing: as the host has it open.
Result<Ref<OpenFile>> open_with(Ref<ConsoleSession> session, u32 number, std::optional<u32> flags) {
    if (number >= abi::kConsolesOfSession) return err(Errno::Ebadf);
    Result<abi::ConsoleInfoReply> info = enclave::console_info(abi::console_fd(session->number, number));
    if (!info) return err(Errno::Ebadf);
    bool terminal = info->is_tty != 0;
    Ref<ConsoleInode> inode = make_ref<ConsoleInode>(session, number, terminal);
    std::string name = terminal ? "/dev/console" : "pipe:[" + std::to_string(inode->inode_number()) + "]";
    const u32 as_host = std::min<u32>(info->access, kOpenReadWrite) | kOpenLargeFile;
    Ref<OpenFile> file = make_ref<ConsoleFile>(flags.value_or(as_host), session, number, terminal);
    file->dentry = RefPtr<Dentry>(anonymous_dentry(std::move(name), inode));
    return file;
}

Result<Ref<OpenFile>> ConsoleInode::open(u32 flags) { return open_with(session_, number_, flags); }

}  // namespace

Result<Ref<OpenFile>> open_console(Ref<ConsoleSession> session, u32 number) {
    return open_with(std::move(session), number, std::nullopt);
}

Result<Ref<OpenFile>> open_terminal(u32 flags) {
    auto is_terminal = [](u32 fd) {
        Result<abi::ConsoleInfoReply> info = enclave::console_info(fd);
        return info && info->is_tty != 0;
    };
    for (u32 fd = 0; fd < abi::kConsolesOfSession; ++fd)
        if (is_terminal(fd))
            return Ref<OpenFile>(make_ref<ConsoleFile>(flags, make_ref<ConsoleSession>(0u), fd, true));
    return err(Errno::Enxio);
}

}  // namespace occlum::kernel
