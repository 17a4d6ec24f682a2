// Clocks and sleeping.
#include "enclave/host.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/futex.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u32 kAbsolute = 1;
constexpr u64 kTicksPerSecond = 100;

Result<void> store_remaining(GuestAddr where, u64 left_ns) {
    if (where.is_null()) return {};
    return write_user(UserOut<Timespec>{where}, to_timespec(left_ns));
}

/// Sleeps to the deadline; an interruption leaves what restart_syscall(2) needs.
Result<u64> sleep_relative(u64 deadline_ns, GuestAddr remaining) {
    for (;;) {
        const auto slept = block(deadline_ns);
        if (slept) continue;
        if (slept.error() == Errno::Etimedout) return 0;
        const u64 now = enclave::monotonic_ns();
        TRY(store_remaining(remaining, deadline_ns > now ? deadline_ns - now : 0));
        current_task().restart = {
            .kind = RestartKind::Sleep, .deadline_ns = deadline_ns, .address = remaining};
        return err(Errno::Erestart_restartblock);
    }
}

Result<u64> sleep_absolute(u64 deadline_ns) {
    for (;;) {
        const auto slept = block(deadline_ns);
        if (!slept) {
            if (slept.error() == Errno::Etimedout) return 0;
            return err(Errno::Erestartnohand);
        }
    }
}

/// Wakes a sleeper when a CPU clock gets there.
class CpuAlarm final : public CpuTimer {
public:
    bool passed = false;
    WaitQueue queue;

protected:
    void cpu_expired(u64) override {
        passed = true;
        queue.wake_all();
    }
};

Result<u64> sleep_on_cpu(const TimerClock& clock, u64 time_ns, bool absolute, GuestAddr remaining) {
    const u64 deadline = absolute ? time_ns : deadline_after(clock_ns(clock), time_ns);
    CpuAlarm alarm;
    alarm.arm_cpu(*clock.cpu_of, clock.cpu, deadline);
    if (clock_ns(clock) >= deadline) return 0;
    const auto slept = wait_until(alarm.queue, [&] { return alarm.passed; });
    if (slept) return 0;
    if (absolute) return err(Errno::Erestartnohand);
    const u64 now = clock_ns(clock);
    TRY(store_remaining(remaining, deadline > now ? deadline - now : 0));
    return err(Errno::Eintr);
}

bool sleeps(i32 clock) { return !is_coarse(clock) && !is_alarm(clock) && clock != kClockMonotonicRaw; }

}  // namespace

Result<u64> sys_clock_gettime(const SyscallArgs& args) {
    const u64 now = clock_ns(TRY(clock_of(as_int(args[0]))));
    TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, to_timespec(now)));
    return 0;
}

Result<u64> sys_clock_getres(const SyscallArgs& args) {
    const i32 clock = as_int(args[0]);
    TRY(clock_of(clock));
    if (args[1] != 0)
        TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, {0, is_coarse(clock) ? 4'000'000 : 1}));
    return 0;
}

/// The clock belongs to the host: nobody inside has CAP_SYS_TIME.
Result<u64> sys_clock_settime(const SyscallArgs& args) {
    const i32 clock = as_int(args[0]);
    TRY(clock_of(clock));
    if (clock != kClockRealtime) return err(Errno::Einval);
    TRY(read_timespec_ns(args[1]));
    return err(Errno::Eperm);
}

Result<u64> sys_settimeofday(const SyscallArgs& args) {
    if (args[0] != 0) TRY(to_ns(TRY(read_user(UserIn<Timeval>{GuestAddr{args[0]}}))));
    if (args[1] != 0) TRY(read_user(UserIn<u64>{GuestAddr{args[1]}}));
    return err(Errno::Eperm);
}

Result<u64> sys_gettimeofday(const SyscallArgs& args) {
    if (args[0] != 0)
        TRY(write_user(UserOut<Timeval>{GuestAddr{args[0]}}, to_timeval(enclave::realtime_ns())));
    if (args[1] != 0) TRY(write_user(UserOut<u64>{GuestAddr{args[1]}}, u64{0}));
    return 0;
}

Result<u64> sys_time(const SyscallArgs& args) {
    const u64 seconds = enclave::realtime_ns() / kNsPerSecond;
    if (args[0] != 0) TRY(write_user(UserOut<u64>{GuestAddr{args[0]}}, seconds));
    return seconds;
}

Result<u64> sys_nanosleep(const SyscallArgs& args) {
    const u64 duration = TRY(read_timespec_ns(args[0]));
    if (duration == 0) return 0;
    return sleep_relative(deadline_after(enclave::monotonic_ns(), duration), GuestAddr{args[1]});
}

Result<u64> sys_clock_nanosleep(const SyscallArgs& args) {
    const i32 number = as_int(args[0]);
    const TimerClock clock = TRY(clock_of(number));
    if (number == kClockThreadCpu) return err(Errno::Einval);
    if (number >= 0 && !sleeps(number)) return err(Errno::Eopnotsupp);
    if (clock.cpu_of && clock.cpu.tid == current_task().tid) return err(Errno::Einval);
    const u64 time = TRY(read_timespec_ns(args[2]));
    const bool absolute = (as_u32(args[1]) & kAbsolute) != 0;
    if (clock.cpu_of) return sleep_on_cpu(clock, time, absolute, GuestAddr{args[3]});
    if (absolute) return sleep_absolute(clock.realtime ? realtime_to_monotonic(time) : time);
    if (time == 0) return 0;
    return sleep_relative(deadline_after(enclave::monotonic_ns(), time), GuestAddr{args[3]});
}

Result<u64> sys_restart_syscall(const SyscallArgs&) {
    const Restart restart = std::exchange(current_task().restart, {});
    switch (restart.kind) {
        case RestartKind::Sleep:
            return sleep_relative(restart.deadline_ns, restart.address);
        case RestartKind::Futex:
            return futex_wait({restart.address, restart.shared ? FutexScope::Shared : FutexScope::Private},
                              restart.expected, restart.bits, restart.deadline_ns);
        case RestartKind::None:
            break;
    }
    return err(Errno::Eintr);
}

Result<u64> sys_times(const SyscallArgs& args) {
    constexpr u64 kTickNs = kNsPerSecond / kTicksPerSecond;
    const Process& process = current_process();
    const Usage own = process.usage();
    const std::array<u64, 4> times{own.user_ns / kTickNs, own.system_ns / kTickNs,
                                   process.ended_children.user_ns / kTickNs,
                                   process.ended_children.system_ns / kTickNs};
    if (args[0] != 0) TRY(write_user(UserOut<std::array<u64, 4>>{GuestAddr{args[0]}}, times));
    return enclave::monotonic_ns() / kTickNs;
}

}  // namespace occlum::kernel
