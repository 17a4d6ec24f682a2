// signalfd(2).
#pragma once

#include "kernel/fs/open_file.h"
#include "kernel/signal/types.h"

namespace occlum::kernel {

class SignalFd final : public OpenFile {
public:
    SignalFd(u32 flags, SigSet wanted) : OpenFile(flags), wanted_(wanted) {}
    void set_wanted(SigSet wanted);
    Result<size_t> read(const UserBuffer& to) override;
    u32 poll(PollTable* table) override;
    bool readiness_is_told() const override { return false; }  // each process has its own signals
    std::string status_lines() const override;
    SignalFd* as_signal_fd() override { return this; }

private:
    SigSet wanted_;
    WaitQueue changed_;
};

/// `flags`: SFD_NONBLOCK.
Ref<OpenFile> make_signal_fd(u32 flags, SigSet wanted);

}  // namespace occlum::kernel
