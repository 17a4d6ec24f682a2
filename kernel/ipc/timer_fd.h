// timerfd_create(2).
#pragma once

#include "kernel/fs/open_file.h"
#include "kernel/time/timer.h"

namespace occlum::kernel {

class TimerFd final : public OpenFile, private Timer {
public:
    TimerFd(u32 flags, u32 clock, bool realtime) : OpenFile(flags), clock_(clock), realtime_(realtime) {}

    struct Setting {
        u64 value_ns = 0;  ///< until the first expiry; 0: disarmed
        u64 interval_ns = 0;
    };
    Setting setting();
    /// `absolute`: the value is a time of the clock.
    void set(const Setting& setting, bool absolute);

    Result<size_t> read(const UserBuffer& to) override;
    u32 poll(PollTable* table) override;
    std::string status_lines() const override;
    TimerFd* as_timer_fd() override { return this; }

protected:
    void expired(u64 now_ns) override;

private:
    void catch_up(u64 now_ns);

    const u32 clock_;
    bool set_absolute_ = false;
    bool realtime_;
    u64 next_ns_ = 0;  // monotonic; 0: disarmed
    u64 interval_ns_ = 0;
    u64 expiries_ = 0;  // not read yet
    WaitQueue expired_;
};

/// `flags`: TFD_NONBLOCK.
Ref<OpenFile> make_timer_fd(u32 flags, u32 clock, bool realtime);

}  // namespace occlum::kernel
