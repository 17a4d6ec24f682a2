#include "kernel/tty/pty.h"

#include <algorithm>

#include "kernel/fs/fs_context.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

class Pty final : public Tty {
public:
    explicit Pty(u32 new_number) : Tty(new_number) { locked = true; }

    void opened() override {
        ++slaves_;
        ever_opened_ = true;
        master_readable_.wake_all();
    }
    void closed() override {
        if (--slaves_ == 0) master_readable_.wake_all();
    }
    bool slave_gone() const { return ever_opened_ && slaves_ == 0; }

    bool packets = false;

    Result<size_t> master_read(const UserBuffer& to, bool non_blocking);
    Result<size_t> master_write(const UserBuffer& from, bool non_blocking);
    u32 master_poll(PollTable* table);
    Result<u64> master_ioctl(u32 request, u64 argument);

protected:
    void output_added() override {
        if (!output().empty()) master_readable_.wake_all();
    }
    void input_taken() override { master_writable_.wake_all(); }
    void note(u8 what) override {
        if (!packets) return;
        // A new state takes the place of its opposite.
        if ((what & (kPacketStop | kPacketStart)) != 0)
            notes_ &= static_cast<u8>(~(kPacketStop | kPacketStart));
        notes_ |= what;
        master_readable_.wake_all();
    }

private:
    bool has_something() { return !output().empty() || notes_ != 0; }

    u32 slaves_ = 0;
    bool ever_opened_ = false;
    u8 notes_ = 0;
    WaitQueue master_readable_, master_writable_;
};

Result<size_t> Pty::master_read(const UserBuffer& to, bool non_blocking) {
    if (to.size() == 0) return size_t{0};
    if (!has_something()) {
        if (slave_gone()) return err(Errno::Eio);
        if (non_blocking) return err(Errno::Eagain);
        TRY(wait_until(master_readable_, [&] { return has_something() || slave_gone(); }));
        if (!has_something()) return err(Errno::Eio);
    }
    size_t header = 0;
    if (packets) {
        std::array<u8, 1> first{std::exchange(notes_, u8{0})};
        TRY(to.copy_to(0, first));
        if (first[0] != 0) return size_t{1};
        header = 1;
    }
    size_t size = std::min(to.size() - header, output().size());
    TRY(to.copy_to(header, std::span<const u8>(output()).first(size)));
    output().erase(output().begin(), output().begin() + static_cast<std::ptrdiff_t>(size));
    writable_.wake_all();
    return header + size;
}

Result<size_t> Pty::master_write(const UserBuffer& from, bool non_blocking) {
    std::array<u8, 4096> chunk;
    size_t done = 0;
    while (done < from.size()) {
        std::span<u8> piece = std::span(chunk).first(std::min(chunk.size(), from.size() - done));
        Result<void> step = from.copy_from(done, piece);
        size_t taken = step ? type(piece) : 0;
        done += taken;
        if (step && taken == piece.size()) continue;
        if (step && non_blocking) step = err(Errno::Eagain);
        if (step) step = wait_until(master_writable_, [&] { return line().has_room(); });
        if (step) continue;
        if (done != 0) break;
        return err(step.error());
    }
    return done;
}

u32 Pty::master_poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(master_readable_);
        table->wait_on(master_writable_);
    }
    u32 events = 0;
    if (has_something()) events |= kPollIn | kPollReadNormal;
    if (notes_ != 0) events |= kPollPriority;
    if (line().has_room()) events |= kPollOut | kPollWriteNormal;
    if (slave_gone()) events |= kPollHangUp;
    return events;
}

// The name that the slave has for the caller.
Result<u64> open_peer(u32 number, u64 flags) {
    std::string path = "/dev/pts/" + std::to_string(number);
    constexpr u64 kAllowed = kOpenAccessMask | kOpenNoTty | kOpenNonBlock | kOpenCloseOnExec;
    Ref<OpenFile> file =
        TRY(open_path(current_view(), current_credentials(), path, static_cast<u32>(flags & kAllowed), 0));
    return static_cast<u64>(TRY(current_files().add(file, (flags & kOpenCloseOnExec) != 0)));
}

Result<u64> Pty::master_ioctl(u32 request, u64 argument) {
    auto answer = [&](i32 value) -> Result<u64> {
        TRY(write_user(UserOut<i32>{{argument}}, value));
        return u64{0};
    };
    switch (request) {
        case kGetPtyNumber:
            return answer(static_cast<i32>(number));
        case kSetPtyLock:
            locked = TRY(read_user(UserIn<i32>{{argument}})) != 0;
            return u64{0};
        case kGetPtyLock:
            return answer(locked ? 1 : 0);
        case kPacketMode:
            packets = TRY(read_user(UserIn<i32>{{argument}})) != 0;
            notes_ = 0;
            return u64{0};
        case kGetPacketMode:
            return answer(packets ? 1 : 0);
        case kOpenPtyPeer:
            return open_peer(number, argument);
        case kGetGroup:
            return answer(static_cast<i32>(foreground()));
        case kGetSession:
            if (session() == 0) return err(Errno::Enotty);
            return answer(static_cast<i32>(session()));
        case kSendSignal:
            if (argument < 1 || argument > kSigMax) return err(Errno::Einval);
            if (foreground() != 0)
                static_cast<void>(
                    send_signal_to_group(foreground(), SigInfo::kernel(static_cast<int>(argument))));
            return u64{0};
        case kInputQueued:
            return answer(static_cast<i32>(output().size()));
        case kOutputQueued:
            return answer(0);
        default:
            return terminal_ioctl(request, argument);
    }
}

class PtyMaster final : public OpenFile {
public:
    PtyMaster(u32 flags, Ref<Pty> pty) : OpenFile(flags), pty_(std::move(pty)) {}
    ~PtyMaster() override { closed(); }

    Result<size_t> read(const UserBuffer& to) override {
        Ref<Pty> keep(pty_);
        return keep->master_read(to, non_blocking());
    }
    Result<size_t> write(const UserBuffer& from) override {
        Ref<Pty> keep(pty_);
        return keep->master_write(from, non_blocking());
    }
    Result<u64> ioctl(u64 request, u64 argument) override {
        return pty_->master_ioctl(static_cast<u32>(request), argument);
    }
    u32 poll(PollTable* table) override { return pty_->master_poll(table); }
    void closed() override {
        if (std::exchange(closed_, true)) return;
        terminals().remove(pty_->number);
        pty_->hang_up();
    }

private:
    Ref<Pty> pty_;
    bool closed_ = false;
};

}  // namespace

Result<Ref<OpenFile>> open_pty_master(u32 flags) {
    auto pty = make_ref<Pty>(TRY(terminals().free_number()));
    pty->uid = current_credentials().fsuid;
    terminals().add(pty);
    return Ref<OpenFile>(make_ref<PtyMaster>(flags, pty));
}

}  // namespace occlum::kernel
