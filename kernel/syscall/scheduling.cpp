// Policies and priorities of scheduling and of input and output (sched(7), ioprio_set(2)).
#include <algorithm>

#include "kernel/sched/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/futex.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

constexpr i32 kResetOnFork = 0x40000000;
constexpr u32 kHighest = 99;
constexpr int kLeastNice = -20, kMostNice = 19;

Result<Ref<Task>> task_of(u64 argument) {
    if (as_int(argument) < 0) return err(Errno::Einval);
    if (as_u32(argument) == 0) return Ref<Task>(current_task());
    const auto task = pid_table().task(as_u32(argument));
    if (!task) return err(Errno::Esrch);
    return Ref<Task>(*task);
}

const Credentials& self() { return current_credentials(); }
bool is_privileged() { return self().has(Capability::Nice); }
bool owns(const Task& task) {
    const Credentials& whom = task.credentials();
    return self().euid == whom.uid || self().euid == whom.euid;
}

/// Whether the task's own limit lets it be that nice.
bool limit_allows_nice(const Task& task, int nice) {
    return static_cast<u64>(20 - nice) <= task.process().limits.of(Resource::Nice).soft;
}

Result<Policy> to_policy(i32 number) {
    if (number < 0 || number > 6 || number == 4) return err(Errno::Einval);
    return static_cast<Policy>(number);
}

/// EINVAL: priorities belong to the real-time policies, times to the deadline policy.
Result<void> check_parameters(const Scheduling& wanted) {
    if (wanted.is_real_time() ? wanted.priority < 1 || wanted.priority > kHighest : wanted.priority != 0)
        return err(Errno::Einval);
    if (wanted.policy != Policy::Deadline) return {};
    constexpr u64 kShortestRuntime = 1024;
    const u64 period = wanted.period_ns != 0 ? wanted.period_ns : wanted.deadline_ns;
    const bool ordered = wanted.runtime_ns <= wanted.deadline_ns && wanted.deadline_ns <= period;
    const bool in_range = static_cast<i64>(wanted.deadline_ns) > 0 && static_cast<i64>(period) > 0;
    if (!ordered || !in_range || wanted.runtime_ns < kShortestRuntime) return err(Errno::Einval);
    return {};
}

/// What those without CAP_SYS_NICE may not do.
Result<void> check_permission(const Task& task, const Scheduling& wanted) {
    if (is_privileged()) return {};
    const Scheduling& now = task.scheduling;
    const u64 limit = task.process().limits.of(Resource::RealtimePriority).soft;
    if (!owns(task) || wanted.policy == Policy::Deadline) return err(Errno::Eperm);
    if (now.reset_on_fork && !wanted.reset_on_fork) return err(Errno::Eperm);
    if (wanted.is_real_time()) {
        if (wanted.policy != now.policy && limit == 0) return err(Errno::Eperm);
        if (wanted.priority > now.priority && wanted.priority > limit) return err(Errno::Eperm);
        return {};
    }
    if (wanted.nice < now.nice && !limit_allows_nice(task, wanted.nice)) return err(Errno::Eperm);
    const bool leaves_idle = now.policy == Policy::Idle && wanted.policy != Policy::Idle;
    if (leaves_idle && !limit_allows_nice(task, now.nice)) return err(Errno::Eperm);
    return {};
}

Result<u64> change(Task& task, const Scheduling& wanted) {
    TRY(check_parameters(wanted));
    TRY(check_permission(task, wanted));
    set_scheduling(task, wanted);
    rank_changed(task);
    return 0;
}

/// struct sched_attr, as far as we know it.
struct AttributesWire {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
    u32 utilisation_min, utilisation_max;
};
static_assert(sizeof(AttributesWire) == 56);
constexpr u32 kFirstSize = 48;
enum AttributeFlag : u64 {
    kFlagResetOnFork = 1,
    kFlagReclaim = 2,
    kFlagOverrun = 4,
    kFlagKeepPolicy = 8,
    kFlagKeepParameters = 16,
    kFlagUtilisation = 0x60,
};

Result<AttributesWire> read_attributes(GuestAddr where) {
    u32 size = TRY(read_user(UserIn<u32>{where}));
    if (size == 0) size = kFirstSize;
    std::array<u8, sizeof(AttributesWire)> bytes{};
    bool fits = size >= kFirstSize && size <= kPageSize;
    if (fits) TRY(copy_in(std::span(bytes).first(std::min<size_t>(size, bytes.size())), where));
    // What a longer structure has more must say nothing.
    for (u64 at = bytes.size(); fits && at < size; ++at) fits = TRY(read_user(UserIn<u8>{where + at})) == 0;
    if (!fits) {
        TRY(write_user(UserOut<u32>{where}, static_cast<u32>(sizeof(AttributesWire))));
        return err(Errno::E2big);
    }
    return std::bit_cast<AttributesWire>(bytes);
}

/// The tasks that getpriority(2), setpriority(2), ioprio_get(2) and ioprio_set(2) mean.
enum class Whom : u8 { Process, Group, User };
Result<std::vector<Ref<Task>>> tasks_of(Whom kind, u32 number) {
    std::vector<Ref<Task>> found;
    const Process& own = current_process();
    for (const auto& [tid, task] : pid_table().tasks()) {
        const Process& process = task->process();
        bool meant = false;
        if (kind == Whom::Process)
            meant = tid == (number ? number : current_task().tid);
        else if (kind == Whom::Group)
            meant = process.group == (number ? number : own.group);
        else
            meant = task->credentials().uid == (number ? number : self().uid);
        if (meant) found.push_back(task);
    }
    if (found.empty()) return err(Errno::Esrch);
    return found;
}

/// PRIO_* count from 0, IOPRIO_WHO_* from 1.
Result<Whom> to_whom(i32 number) {
    if (number < 0 || number > 2) return err(Errno::Einval);
    return static_cast<Whom>(number);
}

// Priorities of input and output: a class above 13 bits of data.
constexpr u32 kIoClassShift = 13;
enum IoClass : u32 { kIoNone = 0, kIoRealTime = 1, kIoBestEffort = 2, kIoIdle = 3 };

/// Without one of its own a task has that of its nice value.
u32 io_priority(const Task& task) {
    const Scheduling& scheduling = task.scheduling;
    if (scheduling.io_priority >> kIoClassShift != kIoNone) return scheduling.io_priority;
    const u32 level = static_cast<u32>(scheduling.nice + 20) / 5;
    if (scheduling.policy == Policy::Idle) return kIoIdle << kIoClassShift;
    return (scheduling.is_real_time() ? kIoRealTime : kIoBestEffort) << kIoClassShift | level;
}

Result<void> check_io_priority(u32 priority) {
    constexpr u32 kLevels = 8;
    const u32 data = priority & ((1u << kIoClassShift) - 1);
    switch (priority >> kIoClassShift) {
        case kIoRealTime:
            if (!self().has(Capability::Administer) && !is_privileged()) return err(Errno::Eperm);
            return data < kLevels ? Result<void>() : err(Errno::Einval);
        case kIoBestEffort:
            return data < kLevels ? Result<void>() : err(Errno::Einval);
        case kIoIdle:
            return {};
        case kIoNone:
            return data == 0 ? Result<void>() : err(Errno::Einval);
        default:
            return err(Errno::Einval);
    }
}

}  // namespace

Result<u64> sys_sched_getscheduler(const SyscallArgs& args) {
    const auto task = TRY(task_of(args[0]));
    const Scheduling& now = task->scheduling;
    return static_cast<u64>(now.policy) | (now.reset_on_fork ? u64{kResetOnFork} : 0);
}

Result<u64> sys_sched_setscheduler(const SyscallArgs& args) {
    const i32 number = as_int(args[1]);
    if (number < 0 || as_int(args[0]) < 0 || args[2] == 0) return err(Errno::Einval);
    const i32 priority = TRY(read_user(UserIn<i32>{GuestAddr{args[2]}}));
    const auto task = TRY(task_of(args[0]));
    Scheduling wanted = task->scheduling;
    wanted.policy = TRY(to_policy(number & ~kResetOnFork));
    wanted.reset_on_fork = (number & kResetOnFork) != 0;
    wanted.priority = static_cast<u32>(priority);
    wanted.runtime_ns = wanted.deadline_ns = wanted.period_ns = 0;
    return change(*task, wanted);
}

Result<u64> sys_sched_getparam(const SyscallArgs& args) {
    if (args[1] == 0) return err(Errno::Einval);
    const auto task = TRY(task_of(args[0]));
    TRY(write_user(UserOut<u32>{GuestAddr{args[1]}}, task->real_time_priority()));
    return 0;
}

Result<u64> sys_sched_setparam(const SyscallArgs& args) {
    if (as_int(args[0]) < 0 || args[1] == 0) return err(Errno::Einval);
    const i32 priority = TRY(read_user(UserIn<i32>{GuestAddr{args[1]}}));
    const auto task = TRY(task_of(args[0]));
    Scheduling wanted = task->scheduling;
    wanted.priority = static_cast<u32>(priority);
    return change(*task, wanted);
}

Result<u64> sys_sched_getattr(const SyscallArgs& args) {
    const u32 size = as_u32(args[2]);
    if (args[1] == 0 || size < kFirstSize || size > kPageSize || as_u32(args[3]) != 0)
        return err(Errno::Einval);
    const auto task = TRY(task_of(args[0]));
    const Scheduling& now = task->scheduling;
    AttributesWire wire{};
    wire.size = std::min<u32>(size, sizeof wire);
    wire.policy = static_cast<u32>(now.policy);
    wire.flags = now.reset_on_fork ? kFlagResetOnFork : 0;
    wire.nice = now.is_real_time() || now.policy == Policy::Deadline ? 0 : now.nice;
    wire.priority = task->real_time_priority();
    if (now.policy == Policy::Deadline) {
        wire.runtime = now.runtime_ns;
        wire.deadline = now.deadline_ns;
        wire.period = now.period_ns;
    }
    const auto bytes = std::bit_cast<std::array<u8, sizeof wire>>(wire);
    TRY(copy_out(GuestAddr{args[1]}, std::span(bytes).first(wire.size)));
    return 0;
}

Result<u64> sys_sched_setattr(const SyscallArgs& args) {
    if (args[1] == 0 || as_int(args[0]) < 0 || as_u32(args[2]) != 0) return err(Errno::Einval);
    const auto wire = TRY(read_attributes(GuestAddr{args[1]}));
    if (static_cast<i32>(wire.policy) < 0) return err(Errno::Einval);
    constexpr u64 kFlags =
        kFlagResetOnFork | kFlagReclaim | kFlagOverrun | kFlagKeepPolicy | kFlagKeepParameters;
    if (wire.flags & kFlagUtilisation) return err(Errno::Eopnotsupp);
    if (wire.flags & ~kFlags) return err(Errno::Einval);
    const auto task = TRY(task_of(args[0]));
    Scheduling wanted = task->scheduling;
    if (!(wire.flags & kFlagKeepPolicy)) wanted.policy = TRY(to_policy(static_cast<i32>(wire.policy)));
    wanted.reset_on_fork = (wire.flags & kFlagResetOnFork) != 0;
    if (!(wire.flags & kFlagKeepParameters)) {
        const bool fair =
            wanted.policy == Policy::Other || wanted.policy == Policy::Batch || wanted.policy == Policy::Idle;
        if (fair) wanted.nice = std::clamp(wire.nice, kLeastNice, kMostNice);
        wanted.priority = wire.priority;
        wanted.runtime_ns = wire.runtime;
        wanted.deadline_ns = wire.deadline;
        wanted.period_ns = wire.period;
    }
    return change(*task, wanted);
}

Result<u64> sys_sched_get_priority_max(const SyscallArgs& args) {
    const Scheduling scheduling{.policy = TRY(to_policy(as_int(args[0])))};
    return scheduling.is_real_time() ? kHighest : 0;
}

Result<u64> sys_sched_get_priority_min(const SyscallArgs& args) {
    const Scheduling scheduling{.policy = TRY(to_policy(as_int(args[0])))};
    return scheduling.is_real_time() ? 1 : 0;
}

Result<u64> sys_sched_rr_get_interval(const SyscallArgs& args) {
    constexpr i64 kRoundRobinSlice = 100'000'000, kSlice = 4'000'000;
    const auto task = TRY(task_of(args[0]));
    Timespec slice{0, kSlice};
    if (task->scheduling.policy == Policy::RoundRobin) slice.nanoseconds = kRoundRobinSlice;
    if (task->scheduling.policy == Policy::Fifo) slice.nanoseconds = 0;
    TRY(write_user(UserOut<Timespec>{GuestAddr{args[1]}}, slice));
    return 0;
}

Result<u64> sys_getpriority(const SyscallArgs& args) {
    int lowest = kMostNice;
    for (const Ref<Task>& task : TRY(tasks_of(TRY(to_whom(as_int(args[0]))), as_u32(args[1]))))
        lowest = std::min(lowest, task->scheduling.nice);
    return static_cast<u64>(20 - lowest);
}

Result<u64> sys_setpriority(const SyscallArgs& args) {
    const int nice = std::clamp(as_int(args[2]), kLeastNice, kMostNice);
    Result<u64> outcome = 0;
    for (const Ref<Task>& task : TRY(tasks_of(TRY(to_whom(as_int(args[0]))), as_u32(args[1])))) {
        const bool raises = nice < task->scheduling.nice;
        if (!owns(*task) && !is_privileged())
            outcome = err(Errno::Eperm);
        else if (raises && !is_privileged() && !limit_allows_nice(*task, nice))
            outcome = err(Errno::Eacces);
        else {
            Scheduling wanted = task->scheduling;
            wanted.nice = nice;
            set_scheduling(*task, wanted);
        }
    }
    return outcome;
}

Result<u64> sys_ioprio_get(const SyscallArgs& args) {
    u32 best = 0;
    const Whom kind = TRY(to_whom(as_int(args[0]) - 1));
    for (const Ref<Task>& task : TRY(tasks_of(kind, as_u32(args[1])))) {
        // One task's is what was set; of several, the best that counts.
        const u32 own = kind == Whom::Process ? task->scheduling.io_priority : io_priority(*task);
        best = best == 0 ? own : std::min(best, own);
    }
    return best;
}

Result<u64> sys_ioprio_set(const SyscallArgs& args) {
    const u32 priority = as_u32(args[2]);
    TRY(check_io_priority(priority));
    for (const Ref<Task>& task : TRY(tasks_of(TRY(to_whom(as_int(args[0]) - 1)), as_u32(args[1])))) {
        if (!owns(*task) && !is_privileged()) return err(Errno::Eperm);
        task->scheduling.io_priority = priority;
    }
    return 0;
}

}  // namespace occlum::kernel
