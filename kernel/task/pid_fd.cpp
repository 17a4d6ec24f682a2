#include "kernel/task/pid_fd.h"

#include "kernel/fs/anonymous_inode.h"

namespace occlum::kernel {

u32 PidFd::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(process_->ended);
    return process_->zombie ? kPollIn | kPollReadNormal : 0;
}

Ref<OpenFile> make_pid_fd(Process& process, u32 flags) {
    Ref<OpenFile> file = make_ref<PidFd>(process, flags);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[pidfd]", anonymous_inode()));
    return file;
}

Result<void> check_inspection(const Process& target) {
    if (&target == &current_process()) return {};
    const Credentials &who = current_process().credentials, &whom = target.credentials;
    if (who.has(Capability::Trace)) return {};
    const bool same_user = who.uid == whom.uid && who.uid == whom.euid && who.uid == whom.suid;
    const bool same_group = who.gid == whom.gid && who.gid == whom.egid && who.gid == whom.sgid;
    if (!same_user || !same_group || !target.dumpable) return err(Errno::Eperm);
    return {};
}

}  // namespace occlum::kernel
