#include "kernel/fs/async_signal.h"

#include "kernel/signal/signal.h"
#include "kernel/task/current.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

u64 band_of(FileEvent event) {
    constexpr u64 kPollMessage = 0x400;
    switch (event) {
        case FileEvent::In:
            return kPollIn | kPollReadNormal;
        case FileEvent::Out:
            return kPollOut | kPollWriteNormal;
        case FileEvent::Message:
            return kPollIn | kPollReadNormal | kPollMessage;
        case FileEvent::Priority:
            return kPollPriority;
        case FileEvent::Error:
            return kPollError;
        case FileEvent::HangUp:
            return kPollHangUp | kPollError;
    }
}

bool may_signal(const SignalOwner& owner, const Credentials& whom) {
    return owner.superuser || owner.euid == whom.uid || owner.euid == whom.suid || owner.uid == whom.uid ||
           owner.uid == whom.suid;
}

void send_to(const SignalOwner& owner, const SigInfo& info) {
    const u32 number = static_cast<u32>(owner.number);
    if (owner.type == SignalOwner::Type::Task) {
        if (const RefPtr<Task> task = pid_table().task(number);
            task && may_signal(owner, task->credentials()))
            static_cast<void>(send_signal(*task, info));
        return;
    }
    std::vector<Ref<Process>> targets;
    for (const auto& [pid, process] : pid_table().processes()) {
        const bool meant = owner.type == SignalOwner::Type::Group ? process->group == number : pid == number;
        if (meant && may_signal(owner, process->credentials())) targets.push_back(process);
    }
    for (const Ref<Process>& target : targets) static_cast<void>(send_signal(*target, info));
}

}  // namespace

void own_if_nobody_does(SignalOwner& owner) {
    if (owner.number != 0) return;
    const Credentials& self = current_credentials();
    owner.type = SignalOwner::Type::Process;
    owner.number = static_cast<i32>(current_process().pid);
    owner.uid = self.uid;
    owner.euid = self.euid;
    owner.superuser = self.has(Capability::Kill);
}

void signal_urgent(const SignalOwner& owner) {
    if (owner.number != 0) send_to(owner, SigInfo::kernel(kSigUrg));
}

void signal_owner(const SignalOwner& owner, int fd, FileEvent event) {
    if (owner.number == 0) return;
    SigInfo info = SigInfo::kernel(kSigIo);
    if (owner.signal != 0)
        info = {.signal = owner.signal,
                .error = 0,
                .code = static_cast<i32>(event),
                .padding = 0,
                .words = {band_of(event), u64{static_cast<u32>(fd)}}};
    send_to(owner, info);
}

void AsyncSignal::queue_woken() {
    const u32 events = file_.poll(nullptr);
    if ((events & kPollIn) != 0)
        signal_owner(file_.owner, fd_, FileEvent::In);
    else if ((events & kPollOut) != 0)
        signal_owner(file_.owner, fd_, FileEvent::Out);
    else if ((events & kPollHangUp) != 0)
        signal_owner(file_.owner, fd_, FileEvent::HangUp);
}

}  // namespace occlum::kernel
