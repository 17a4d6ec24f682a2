#include "kernel/ipc/timer_fd.h"

#include "enclave/host.h"
#include "kernel/fs/anonymous_inode.h"
#include "kernel/task/current.h"

namespace occlum::kernel {

void TimerFd::catch_up(u64 now_ns) {
    if (next_ns_ == 0 || now_ns < next_ns_) return;
    u64 passed = interval_ns_ == 0 ? 1 : 1 + (now_ns - next_ns_) / interval_ns_;
    expiries_ += passed;
    next_ns_ = interval_ns_ == 0 ? 0 : next_ns_ + passed * interval_ns_;
}

void TimerFd::expired(u64 now_ns) {
    catch_up(now_ns);
    if (next_ns_ != 0) arm(next_ns_);
    expired_.wake_all();
}

TimerFd::Setting TimerFd::setting() {
    u64 now = enclave::monotonic_ns();
    catch_up(now);
    return {.value_ns = next_ns_ == 0 ? 0 : next_ns_ - now, .interval_ns = interval_ns_};
}

void TimerFd::set(const Setting& setting, bool absolute) {
    set_absolute_ = absolute;
    u64 now = enclave::monotonic_ns();
    disarm();
    expiries_ = 0;
    interval_ns_ = setting.interval_ns;
    next_ns_ = 0;
    if (setting.value_ns == 0) return;
    if (absolute && realtime_) {
        u64 offset = enclave::realtime_ns() - now;
        next_ns_ = setting.value_ns > offset ? setting.value_ns - offset : 1;
    } else {
        next_ns_ = absolute ? setting.value_ns : now + setting.value_ns;
        if (!absolute && next_ns_ < now) next_ns_ = ~u64{0} - 1;
    }
    arm(next_ns_);
    if (next_ns_ <= now) expired_.wake_all();
}

Result<size_t> TimerFd::read(const UserBuffer& to) {
    if (to.size() < sizeof(u64)) return err(Errno::Einval);
    catch_up(enclave::monotonic_ns());
    if (expiries_ == 0) {
        if (non_blocking()) return err(Errno::Eagain);
        TRY(wait_until(expired_, [&] { return expiries_ != 0; }));
    }
    auto bytes = std::bit_cast<std::array<u8, sizeof(u64)>>(expiries_);
    TRY(to.copy_to(0, bytes));
    expiries_ = 0;
    return sizeof(u64);
}

u32 TimerFd::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(expired_);
    catch_up(enclave::monotonic_ns());
    return expiries_ != 0 ? kPollIn | kPollReadNormal : 0;
}

std::string TimerFd::status_lines() const {
    const auto pair = [](u64 ns) {
        return "(" + std::to_string(ns / 1'000'000'000) + ", " + std::to_string(ns % 1'000'000'000) + ")\n";
    };
    const u64 now = enclave::monotonic_ns();
    return "clockid: " + std::to_string(clock_) + "\nticks: " + std::to_string(expiries_) +
           "\nsettime flags: " + (set_absolute_ ? "01" : "00") +
           "\nit_value: " + pair(next_ns_ > now ? next_ns_ - now : 0) + "it_interval: " + pair(interval_ns_);
}

Ref<OpenFile> make_timer_fd(u32 flags, u32 clock, bool realtime) {
    Ref<OpenFile> file = make_ref<TimerFd>(kOpenReadWrite | (flags & kOpenNonBlock), clock, realtime);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[timerfd]", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel
