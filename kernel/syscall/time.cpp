// Clocks, sleeping and timers.
#include "enclave/host.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

enum Clock : i32 {
    kRealtime = 0,
    kMonotonic = 1,
    kProcessCpu = 2,
    kThreadCpu = 3,
    kMonotonicRaw = 4,
    kRealtimeCoarse = 5,
    kMonotonicCoarse = 6,
    kBoottime = 7,
    kRealtimeAlarm = 8,
    kBoottimeAlarm = 9,
    kTai = 11,
};
constexpr u32 kAbsolute = 1;
constexpr u64 kTicksPerSecond = 100;

bool is_realtime(i32 clock) {
    return clock == kRealtime || clock == kRealtimeCoarse || clock == kRealtimeAlarm || clock == kTai;
}

/// Clocks of other processes and threads: (~number << 3) | what, the lowest bits saying which clock.
Result<u64> dynamic_clock_ns(i32 clock) {
    constexpr i32 kPerThread = 4;
    const u32 number = ~static_cast<u32>(clock >> 3);
    if ((clock & 3) == 3) return err(Errno::Einval);
    if (clock & kPerThread) {
        if (number == 0) return current_task().cpu_ns();
        const auto task = pid_table().task(number);
        if (!task) return err(Errno::Einval);
        return task->cpu_ns();
    }
    const auto process = number == 0 ? RefPtr<Process>(current_process()) : pid_table().process(number);
    if (!process) return err(Errno::Einval);
    return process->cpu_times().user_ns;
}

Result<u64> clock_ns(i32 clock) {
    if (clock < 0) return dynamic_clock_ns(clock);
    switch (clock) {
        case kRealtime:
        case kRealtimeCoarse:
        case kRealtimeAlarm:
        case kTai:
            return enclave::realtime_ns();
        case kMonotonic:
        case kMonotonicRaw:
        case kMonotonicCoarse:
        case kBoottime:
        case kBoottimeAlarm:
            return enclave::monotonic_ns();
        case kProcessCpu:
            return current_process().cpu_times().user_ns;
        case kThreadCpu:
            return current_task().cpu_ns();
        default:
            return err(Errno::Einval);
    }
}

/// A point of `clock` as a point of the monotonic clock.
u64 to_monotonic(i32 clock, u64 point_ns) {
    if (!is_realtime(clock)) return point_ns;
    const u64 now = enclave::realtime_ns();
    const u64 monotonic = enclave::monotonic_ns();
    return point_ns > now ? deadline_after(monotonic, point_ns - now) : monotonic;
}

Result<void> store_remaining(GuestAddr where, u64 deadline_ns) {
    if (where.is_null()) return {};
    const u64 now = enclave::monotonic_ns();
    return write_user(UserOut<Timespec>{where}, to_timespec(deadline_ns > now ? deadline_ns - now : 0));
}

/// Sleeps to the deadline; an interruption leaves what restart_syscall(2) needs.
Result<u64> sleep_relative(u64 deadline_ns, GuestAddr remaining) {
    for (;;) {
        const auto slept = block(deadline_ns);
        if (slept) continue;
        if (slept.error() == Errno::Etimedout) return 0;
        TRY(store_remaining(remaining, deadline_ns));
        current_task().sleep_restart = {deadline_ns, remaining};
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

struct TimerSetting {
    Timeval interval, value;
};
struct TimerSpec {
    Timespec interval, value;
};

template <typename Kind>
std::pair<u64, u64> interval_and_remaining(const Kind& timer) {
    const u64 now = enclave::monotonic_ns();
    u64 remaining = 0;
    if (timer.armed()) remaining = timer.deadline_ns() > now ? timer.deadline_ns() - now : 1;
    return {timer.interval_ns, remaining};
}

Result<void> set_real_timer(u64 value_ns, u64 interval_ns) {
    RealTimer& timer = current_process().alarm;
    timer.interval_ns = interval_ns;
    if (value_ns == 0)
        timer.disarm();
    else
        timer.arm(deadline_after(enclave::monotonic_ns(), value_ns));
    return {};
}

TimerSetting real_timer_setting() {
    const auto [interval, remaining] = interval_and_remaining(current_process().alarm);
    // Programs take zero for "not armed".
    const u64 shown = remaining != 0 && remaining < 1000 ? 1000 : remaining;
    return {to_timeval(interval), to_timeval(shown)};
}

constexpr i32 kItimerReal = 0, kItimerProf = 2;

}  // namespace

Result<u64> sys_clock_gettime(const SyscallArgs& args) {
    const u64 now = TRY(clock_ns(as_int(args[0])));
    TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, to_timespec(now)));
    return 0;
}

Result<u64> sys_clock_getres(const SyscallArgs& args) {
    const i32 clock = as_int(args[0]);
    TRY(clock_ns(clock));
    const bool coarse = clock == kRealtimeCoarse || clock == kMonotonicCoarse;
    if (args[1] != 0) TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, {0, coarse ? 4'000'000 : 1}));
    return 0;
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
    const i32 clock = as_int(args[0]);
    if (clock == kThreadCpu) return err(Errno::Einval);
    TRY(clock_ns(clock));
    if (clock == kProcessCpu || clock < 0) return err(Errno::Eopnotsupp);
    const u64 time = TRY(read_timespec_ns(args[2]));
    if (as_u32(args[1]) & kAbsolute) return sleep_absolute(to_monotonic(clock, time));
    if (time == 0) return 0;
    return sleep_relative(deadline_after(enclave::monotonic_ns(), time), GuestAddr{args[3]});
}

Result<u64> sys_restart_syscall(const SyscallArgs&) {
    const auto& sleep = current_task().sleep_restart;
    if (sleep.deadline_ns == 0) return err(Errno::Eintr);
    return sleep_relative(sleep.deadline_ns, sleep.remaining);
}

Result<u64> sys_alarm(const SyscallArgs& args) {
    const auto [interval, remaining] = interval_and_remaining(current_process().alarm);
    TRY(set_real_timer(u64{as_u32(args[0])} * kNsPerSecond, 0));
    // Rounded to the nearest second, but never to "none".
    const u64 seconds = (remaining + kNsPerSecond / 2) / kNsPerSecond;
    return remaining != 0 && seconds == 0 ? 1 : seconds;
}

Result<u64> sys_setitimer(const SyscallArgs& args) {
    const i32 which = as_int(args[0]);
    if (which < kItimerReal || which > kItimerProf) return err(Errno::Einval);
    if (which != kItimerReal) return err(Errno::Enosys);
    TimerSetting wanted;
    if (args[1] != 0) wanted = TRY(read_user(UserIn<TimerSetting>{GuestAddr{args[1]}}));
    const u64 value = TRY(to_ns(wanted.value)), interval = TRY(to_ns(wanted.interval));
    const TimerSetting old = real_timer_setting();
    TRY(set_real_timer(value, interval));
    if (args[2] != 0) TRY(write_user(UserOut<TimerSetting>{GuestAddr{args[2]}}, old));
    return 0;
}

Result<u64> sys_getitimer(const SyscallArgs& args) {
    const i32 which = as_int(args[0]);
    if (which < kItimerReal || which > kItimerProf) return err(Errno::Einval);
    const TimerSetting setting = which == kItimerReal ? real_timer_setting() : TimerSetting{};
    TRY(write_user(UserOut<TimerSetting>{GuestAddr{args[1]}}, setting));
    return 0;
}

Result<u64> sys_timer_create(const SyscallArgs& args) {
    struct Event {
        u64 value;
        i32 signal, notify;
        i32 tid;
        std::array<u32, 11> rest;
    };
    static_assert(sizeof(Event) == 64);
    constexpr i32 kNotifyNone = 1, kNotifyThreadId = 4;
    const i32 clock = as_int(args[0]);
    TRY(clock_ns(clock));
    if (clock < 0 || clock == kProcessCpu || clock == kThreadCpu) return err(Errno::Eopnotsupp);
    Process& process = current_process();
    SigInfo info{kSigAlrm, 0, kSiTimer, 0, {}};
    u32 target = 0;
    bool value_given = false;
    if (args[1] != 0) {
        const Event event = TRY(read_user(UserIn<Event>{GuestAddr{args[1]}}));
        info.signal = event.notify == kNotifyNone ? 0 : event.signal;
        if (info.signal < 0 || info.signal > kSigMax || (info.signal == 0 && event.notify != kNotifyNone))
            return err(Errno::Einval);
        info.words[1] = event.value;
        value_given = true;
        if (event.notify == kNotifyThreadId) {
            target = static_cast<u32>(event.tid);
            const auto task = pid_table().task(target);
            if (!task || &task->process() != &process) return err(Errno::Einval);
        }
    }
    PosixTimer* timer = TRY(process.timers.create(process, clock, info, target));
    if (!value_given) timer->info.words[1] = static_cast<u64>(timer->id);
    if (const auto stored = write_user(UserOut<i32>{GuestAddr{args[2]}}, timer->id); !stored) {
        (void)process.timers.remove(timer->id);
        return err(stored.error());
    }
    return 0;
}

Result<u64> sys_timer_settime(const SyscallArgs& args) {
    PosixTimer* timer = TRY(current_process().timers.find(as_int(args[0])));
    const TimerSpec wanted = TRY(read_user(UserIn<TimerSpec>{GuestAddr{args[2]}}));
    const u64 value = TRY(to_ns(wanted.value)), interval = TRY(to_ns(wanted.interval));
    const auto [old_interval, remaining] = interval_and_remaining(*timer);
    timer->interval_ns = interval;
    timer->overruns = 0;
    if (value == 0)
        timer->disarm();
    else if (as_u32(args[1]) & kAbsolute)
        timer->arm(to_monotonic(timer->clock, value));
    else
        timer->arm(deadline_after(enclave::monotonic_ns(), value));
    if (args[3] != 0)
        TRY(write_user(UserOut<TimerSpec>{GuestAddr{args[3]}},
                       {to_timespec(old_interval), to_timespec(remaining)}));
    return 0;
}

Result<u64> sys_timer_gettime(const SyscallArgs& args) {
    const PosixTimer* timer = TRY(current_process().timers.find(as_int(args[0])));
    const auto [interval, remaining] = interval_and_remaining(*timer);
    TRY(write_user(UserOut<TimerSpec>{GuestAddr{args[1]}}, {to_timespec(interval), to_timespec(remaining)}));
    return 0;
}

Result<u64> sys_timer_getoverrun(const SyscallArgs& args) {
    return u64{TRY(current_process().timers.find(as_int(args[0])))->overruns};
}

Result<u64> sys_timer_delete(const SyscallArgs& args) {
    TRY(current_process().timers.remove(as_int(args[0])));
    return 0;
}

Result<u64> sys_times(const SyscallArgs& args) {
    constexpr u64 kTickNs = kNsPerSecond / kTicksPerSecond;
    const Process& process = current_process();
    const CpuTimes own = process.cpu_times();
    const std::array<u64, 4> times{own.user_ns / kTickNs, own.system_ns / kTickNs,
                                   process.ended_children.user_ns / kTickNs,
                                   process.ended_children.system_ns / kTickNs};
    if (args[0] != 0) TRY(write_user(UserOut<std::array<u64, 4>>{GuestAddr{args[0]}}, times));
    return enclave::monotonic_ns() / kTickNs;
}

}  // namespace occlum::kernel
