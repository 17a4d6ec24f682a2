// pidfd_open(2): a process as a descriptor. It keeps meaning the same process when the number is used again.
#pragma once

#include "kernel/fs/open_file.h"
#include "kernel/task/process.h"

namespace occlum::kernel {

class PidFd final : public OpenFile {
public:
    PidFd(Process& process, u32 flags)
        : OpenFile(kOpenReadWrite | (flags & kOpenNonBlock)), process_(process) {}
    Process& process() const { return *process_; }

    u32 poll(PollTable* table) override;
    std::string status_lines() const override;
    PidFd* as_pid_fd() override { return this; }

private:
    Ref<Process> process_;
};

/// `flags`: PIDFD_NONBLOCK.
Ref<OpenFile> make_pid_fd(Process& process, u32 flags);

/// Whether the current task may look into another as a debugger could (ptrace(2), "Ptrace access mode
/// checking"), by the numbers that it has for files or by its real ones. EPERM.
enum class AccessBy : u8 { FileSystemNumbers, RealNumbers };
Result<void> check_inspection(const Task& target, AccessBy by);
/// The process as a whole.
Result<void> check_inspection(const Process& target, AccessBy by);

}  // namespace occlum::kernel
