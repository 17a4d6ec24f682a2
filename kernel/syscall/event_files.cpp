// signalfd, timerfd, inotify.
#include "kernel/fs/inotify.h"
#include "kernel/fs/permission.h"
#include "kernel/ipc/signal_fd.h"
#include "kernel/ipc/timer_fd.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/time_types.h"

namespace occlum::kernel {

namespace {

Result<u64> install(Ref<OpenFile> file, u32 flags) {
    return static_cast<u64>(TRY(current_files().add(file, (flags & kOpenCloseOnExec) != 0)));
}

}  // namespace

Result<u64> sys_signalfd4(const SyscallArgs& args) {
    u32 flags = as_u32(args[3]);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0 || args[2] != sizeof(u64))
        return err(Errno::Einval);
    SigSet wanted = SigSet(TRY(read_user(UserIn<u64>{{args[1]}}))) & ~kUnblockable;
    if (as_int(args[0]) == -1) return install(make_signal_fd(flags, wanted), flags);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    SignalFd* existing = file->as_signal_fd();
    if (existing == nullptr) return err(Errno::Einval);
    existing->set_wanted(wanted);
    return u64{as_u32(args[0])};
}
Result<u64> sys_signalfd(const SyscallArgs& args) { return sys_signalfd4({args[0], args[1], args[2], 0}); }

namespace {

struct TimerSpec {
    Timespec interval, value;
};
TimerSpec timer_spec(const TimerFd::Setting& setting) {
    return {to_timespec(setting.interval_ns), to_timespec(setting.value_ns)};
}

Result<TimerFd*> timer_argument(OpenFile& file) {
    TimerFd* timer = file.as_timer_fd();
    if (timer == nullptr) return err(Errno::Einval);
    return timer;
}

}  // namespace

Result<u64> sys_timerfd_create(const SyscallArgs& args) {
    constexpr u32 kRealtime = 0, kMonotonic = 1, kBootTime = 7, kRealtimeAlarm = 8, kBootTimeAlarm = 9;
    u32 clock = as_u32(args[0]), flags = as_u32(args[1]);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    bool alarm = clock == kRealtimeAlarm || clock == kBootTimeAlarm;
    if (clock != kRealtime && clock != kMonotonic && clock != kBootTime && !alarm) return err(Errno::Einval);
    if (alarm && !current_credentials().is_superuser()) return err(Errno::Eperm);
    return install(make_timer_fd(flags, clock, clock == kRealtime || clock == kRealtimeAlarm), flags);
}

Result<u64> sys_timerfd_settime(const SyscallArgs& args) {
    constexpr u32 kAbsolute = 1, kCancelOnSet = 2;
    u32 flags = as_u32(args[1]);
    if ((flags & ~(kAbsolute | kCancelOnSet)) != 0) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    TimerSpec wanted = TRY(read_user(UserIn<TimerSpec>{{args[2]}}));
    TimerFd::Setting setting{.value_ns = TRY(to_ns(wanted.value)),
                             .interval_ns = TRY(to_ns(wanted.interval))};
    TimerFd* timer = TRY(timer_argument(*file));
    TimerFd::Setting before = timer->setting();
    timer->set(setting, (flags & kAbsolute) != 0);
    if (args[3] != 0) TRY(write_user(UserOut<TimerSpec>{{args[3]}}, timer_spec(before)));
    return u64{0};
}

Result<u64> sys_timerfd_gettime(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    TimerFd* timer = TRY(timer_argument(*file));
    TRY(write_user(UserOut<TimerSpec>{{args[1]}}, timer_spec(timer->setting())));
    return u64{0};
}

Result<u64> sys_inotify_init1(const SyscallArgs& args) {
    u32 flags = as_u32(args[0]);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return err(Errno::Einval);
    return install(TRY(make_inotify(flags)), flags);
}
Result<u64> sys_inotify_init(const SyscallArgs&) { return sys_inotify_init1({0}); }

Result<u64> sys_inotify_add_watch(const SyscallArgs& args) {
    u32 mask = as_u32(args[2]);
    if ((mask & kNotifyKnown) == 0) return err(Errno::Einval);
    if ((mask & kNotifyAddToMask) != 0 && (mask & kNotifyOnlyNew) != 0) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    Inotify* inotify = file->as_inotify();
    if (inotify == nullptr) return err(Errno::Einval);
    Ref<Dentry> target = TRY(dentry_at_cwd(args[1], (mask & kNotifyDontFollow) == 0));
    if ((mask & kNotifyOnlyDirectory) != 0 && !target->inode().is_directory()) return err(Errno::Enotdir);
    TRY(check_access(target->inode(), current_credentials(), kMayRead));
    return static_cast<u64>(TRY(inotify->watch(target->inode(), mask)));
}

Result<u64> sys_inotify_rm_watch(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    Inotify* inotify = file->as_inotify();
    if (inotify == nullptr) return err(Errno::Einval);
    TRY(inotify->forget(as_int(args[1])));
    return u64{0};
}

}  // namespace occlum::kernel
