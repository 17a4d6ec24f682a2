#include "kernel/task/pid_fd.h"

#include "kernel/fs/anonymous_inode.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

u32 PidFd::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(process_->ended);
    return process_->zombie ? kPollIn | kPollReadNormal : 0;
}

std::string PidFd::status_lines() const {
    // A process that has been waited for has no number any more.
    const std::string number =
        process_->zombie && process_->parent == nullptr ? "-1" : std::to_string(process_->pid);
    return "Pid:\t" + number + "\nNSpid:\t" + number + "\n";
}

Ref<OpenFile> make_pid_fd(Process& process, u32 flags) {
    Ref<OpenFile> file = make_ref<PidFd>(process, flags);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[pidfd]", anonymous_inode()));
    return file;
}

namespace {

Result<void> check(const Process& target, const Credentials& whom, AccessBy by) {
    if (&target == &current_process()) return {};
    const Credentials& who = current_credentials();
    if (who.has(Capability::Trace)) return {};
    const bool real = by == AccessBy::RealNumbers;
    const u32 user = real ? who.uid : who.fsuid, group = real ? who.gid : who.fsgid;
    const bool same_user = user == whom.uid && user == whom.euid && user == whom.suid;
    const bool same_group = group == whom.gid && group == whom.egid && group == whom.sgid;
    const bool can_as_much = (real ? who.permitted : who.effective).contains(whom.permitted);
    if (!same_user || !same_group || !can_as_much || !target.dumpable) return err(Errno::Eperm);
    return {};
}

}  // namespace

Result<void> check_inspection(const Task& target, AccessBy by) {
    return check(target.process(), target.credentials(), by);
}
Result<void> check_inspection(const Process& target, AccessBy by) {
    return check(target, target.credentials(), by);
}

}  // namespace occlum::kernel
