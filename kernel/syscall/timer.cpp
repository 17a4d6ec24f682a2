// Timers: alarm, the three of setitimer, those of timer_create.
#include "enclave/host.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr u32 kAbsolute = 1;

struct TimerSetting {
    Timeval interval, value;
};
struct TimerSpec {
    Timespec interval, value;
};

/// struct timeval shows microseconds, and 0 means "not armed".
TimerSetting to_setting(const TimerState& state) {
    constexpr u64 kMicrosecond = 1000;
    const u64 shown =
        state.remaining_ns != 0 && state.remaining_ns < kMicrosecond ? kMicrosecond : state.remaining_ns;
    return {to_timeval(state.interval_ns), to_timeval(shown)};
}

TimerSpec to_spec(const TimerState& state) {
    return {to_timespec(state.interval_ns), to_timespec(state.remaining_ns)};
}

struct Wanted {
    u64 value_ns, interval_ns;
};
Result<Wanted> read_spec(u64 address) {
    const auto spec = TRY(read_user(UserIn<TimerSpec>{GuestAddr{address}}));
    return Wanted{TRY(to_ns(spec.value)), TRY(to_ns(spec.interval))};
}

constexpr i32 kItimerReal = 0, kItimerVirtual = 1, kItimerProf = 2;

Result<TimerState> itimer_state(i32 which) {
    const Process& process = current_process();
    switch (which) {
        case kItimerReal:
            return process.alarm.state();
        case kItimerVirtual:
            return process.virtual_alarm.state();
        case kItimerProf:
            return process.profiling_alarm.state();
        default:
            return err(Errno::Einval);
    }
}

void set_itimer(i32 which, const Wanted& wanted) {
    Process& process = current_process();
    if (which == kItimerReal)
        process.alarm.set(wanted.value_ns, wanted.interval_ns);
    else
        (which == kItimerVirtual ? process.virtual_alarm : process.profiling_alarm)
            .set(wanted.value_ns, wanted.interval_ns);
}

/// struct sigevent.
struct Event {
    u64 value;
    i32 signal, notify;
    i32 tid;
    std::array<u32, 11> rest;
};
static_assert(sizeof(Event) == 64);
enum Notify : i32 { kNotifySignal = 0, kNotifyNone = 1, kNotifyThread = 2, kNotifyThreadId = 4 };

}  // namespace

Result<u64> sys_alarm(const SyscallArgs& args) {
    RealTimer& alarm = current_process().alarm;
    const u64 remaining = alarm.state().remaining_ns;
    alarm.set(u64{as_u32(args[0])} * kNsPerSecond, 0);
    // Rounded to the nearest second, but never to "none".
    const u64 seconds = (remaining + kNsPerSecond / 2) / kNsPerSecond;
    return remaining != 0 && seconds == 0 ? 1 : seconds;
}

Result<u64> sys_setitimer(const SyscallArgs& args) {
    const i32 which = as_int(args[0]);
    TimerSetting setting;
    if (args[1] != 0) setting = TRY(read_user(UserIn<TimerSetting>{GuestAddr{args[1]}}));
    const Wanted wanted{TRY(to_ns(setting.value)), TRY(to_ns(setting.interval))};
    const TimerState old = TRY(itimer_state(which));
    set_itimer(which, wanted);
    if (args[2] != 0) TRY(write_user(UserOut<TimerSetting>{GuestAddr{args[2]}}, to_setting(old)));
    return 0;
}

Result<u64> sys_getitimer(const SyscallArgs& args) {
    const TimerState state = TRY(itimer_state(as_int(args[0])));
    TRY(write_user(UserOut<TimerSetting>{GuestAddr{args[1]}}, to_setting(state)));
    return 0;
}

Result<u64> sys_timer_create(const SyscallArgs& args) {
    const i32 number = as_int(args[0]);
    TimerClock clock = TRY(clock_of(number));
    if (number == kClockMonotonicRaw || is_coarse(number) || is_alarm(number)) return err(Errno::Eopnotsupp);
    Process& process = current_process();
    SigInfo info{kSigAlrm, 0, kSiTimer, 0, {}};
    u32 target = 0;
    if (args[1] != 0) {
        const Event event = TRY(read_user(UserIn<Event>{GuestAddr{args[1]}}));
        const bool silent = (event.notify & ~kNotifyThreadId) == kNotifyNone;
        if (event.notify < 0 || (event.notify & ~(kNotifyNone | kNotifyThread | kNotifyThreadId)))
            return err(Errno::Einval);
        if (!silent && (event.signal < 1 || event.signal > kSigMax)) return err(Errno::Einval);
        info.signal = silent ? 0 : event.signal;
        info.words[1] = event.value;
        if (event.notify & kNotifyThreadId) {
            target = static_cast<u32>(event.tid);
            const auto task = pid_table().task(target);
            if (!task || &task->process() != &process) return err(Errno::Einval);
        }
    }
    PosixTimer* timer = TRY(process.timers.create(process, std::move(clock), info, target));
    if (args[1] == 0) timer->info.words[1] = static_cast<u64>(timer->id);
    if (const auto stored = write_user(UserOut<i32>{GuestAddr{args[2]}}, timer->id); !stored) {
        (void)process.timers.remove(timer->id);
        return err(stored.error());
    }
    return 0;
}

Result<u64> sys_timer_settime(const SyscallArgs& args) {
    if (args[2] == 0) return err(Errno::Einval);
    const Wanted wanted = TRY(read_spec(args[2]));
    PosixTimer* timer = TRY(current_process().timers.find(as_int(args[0])));
    const TimerState old = timer->state();
    timer->set(wanted.value_ns, wanted.interval_ns, (as_u32(args[1]) & kAbsolute) != 0);
    if (args[3] != 0) TRY(write_user(UserOut<TimerSpec>{GuestAddr{args[3]}}, to_spec(old)));
    return 0;
}

Result<u64> sys_timer_gettime(const SyscallArgs& args) {
    const PosixTimer* timer = TRY(current_process().timers.find(as_int(args[0])));
    TRY(write_user(UserOut<TimerSpec>{GuestAddr{args[1]}}, to_spec(timer->state())));
    return 0;
}

Result<u64> sys_timer_getoverrun(const SyscallArgs& args) {
    return u64{TRY(current_process().timers.find(as_int(args[0])))->overruns};
}

Result<u64> sys_timer_delete(const SyscallArgs& args) {
    TRY(current_process().timers.remove(as_int(args[0])));
    return 0;
}

}  // namespace occlum::kernel
