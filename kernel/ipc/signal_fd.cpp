#include "kernel/ipc/signal_fd.h"

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/poll_wait.h"
#include "kernel/fs/proc/text.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

// struct signalfd_siginfo.
struct Record {
    u32 signal;
    i32 error, code;
    u32 pid, uid;
    i32 fd;
    u32 timer, band, overrun, trap;
    i32 status, value;
    u64 pointer, user_ticks, system_ticks, address;
    std::array<u8, 48> padding;
};
static_assert(sizeof(Record) == 128);

Record record_of(const SigInfo& info) {
    Record record{};
    record.signal = static_cast<u32>(info.signal);
    record.error = info.error;
    record.code = info.code;
    auto low = static_cast<u32>(info.words[0]), high = static_cast<u32>(info.words[0] >> 32);
    if (info.code == kSiTimer) {
        record.timer = low;
        record.overrun = high;
    } else {
        record.pid = low;
        record.uid = high;
    }
    bool child = info.signal == kSigChld && info.code > 0 && info.code < kSiKernel;
    if (child) {
        record.status = static_cast<i32>(info.words[1]);
        record.user_ticks = info.words[2];
        record.system_ticks = info.words[3];
    } else if (info.code < 0) {
        record.value = static_cast<i32>(info.words[1]);
        record.pointer = info.words[1];
    }
    if (kSynchronous.has(info.signal) && info.code > 0 && info.code < kSiKernel)
        record.address = info.words[0];
    return record;
}

bool any_pending(SigSet wanted) {
    const Task& task = current_task();
    return !((task.pending.set() | task.process().pending.set()) & wanted).empty();
}

}  // namespace

void SignalFd::set_wanted(SigSet wanted) {
    wanted_ = wanted;
    changed_.wake_all();
}

Result<size_t> SignalFd::read(const UserBuffer& to) {
    if (to.size() < sizeof(Record)) return err(Errno::Einval);
    if (!any_pending(wanted_)) {
        if (non_blocking()) return err(Errno::Eagain);
        Process& process = current_process();
        WaitEntry changed(changed_, current_task());
        TRY(wait_until(process.signalled, [&] { return any_pending(wanted_); }));
    }
    size_t done = 0;
    while (to.size() - done >= sizeof(Record)) {
        std::optional<SigInfo> info = take_signal(current_task(), ~wanted_);
        if (!info) break;
        auto bytes = std::bit_cast<std::array<u8, sizeof(Record)>>(record_of(*info));
        TRY(to.copy_to(done, bytes));
        done += sizeof(Record);
    }
    return done;
}

u32 SignalFd::poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(current_process().signalled);
        table->wait_on(changed_);
    }
    return any_pending(wanted_) ? kPollIn | kPollReadNormal : 0;
}

std::string SignalFd::status_lines() const { return "sigmask:\t" + hexadecimal(wanted_.bits(), 16) + "\n"; }

Ref<OpenFile> make_signal_fd(u32 flags, SigSet wanted) {
    Ref<OpenFile> file = make_ref<SignalFd>(kOpenReadWrite | (flags & kOpenNonBlock), wanted);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[signalfd]", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel
