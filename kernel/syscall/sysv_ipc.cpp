// System V IPC: shared memory, semaphores, message queues.
#include <algorithm>

#include "enclave/host.h"
#include "kernel/ipc/message_queue.h"
#include "kernel/ipc/semaphores.h"
#include "kernel/ipc/shared_segment.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

u64 now_s() { return enclave::realtime_ns() / kNsPerSecond; }

constexpr u64 kPointerMask = ~u64{0};
u32 command_of(u64 argument) { return as_u32(argument) & ~u32{0x100}; }  // IPC_64 is how it always is

template <typename T>
Result<u64> answer(u64 address, const T& value) {
    TRY(write_user(UserOut<T>{{address}}, value));
    return u64{0};
}

// The *_STAT commands take an index where the others take a number, and answer the number.
template <typename T>
Result<Ref<T>> stat_target(const IpcTable<T>& table, u64 argument, bool by_index) {
    return by_index ? table.at(as_int(argument)) : table.find(as_int(argument));
}

// ---- shared memory

constexpr u64 kMostSegment = u64{1} << 30;
constexpr u32 kReadOnlyAttach = 010000, kRoundAttach = 020000, kRemapAttach = 040000, kExecAttach = 0100000;
constexpr u32 kSegmentRemoved = 01000;
constexpr u32 kLockSegment = 11, kUnlockSegment = 12, kSegmentStat = 13, kSegmentInfo = 14,
              kSegmentStatAny = 15;

struct SegmentRecord {
    IpcPermissionRecord permission;
    u64 size, attached_s, detached_s, changed_s;
    u32 creator, last;
    u64 attachments;
    std::array<u64, 2> unused;
};
static_assert(sizeof(SegmentRecord) == 112);

SegmentRecord record_of(const SharedSegment& segment) {
    SegmentRecord record{};
    record.permission = segment.record();
    record.size = segment.size;
    record.attached_s = segment.attached_s;
    record.detached_s = segment.detached_s;
    record.changed_s = segment.changed_s;
    record.creator = segment.creator_pid;
    record.last = segment.last_pid;
    record.attachments = segment.attachments();
    return record;
}

}  // namespace

Result<u64> sys_shmget(const SyscallArgs& args) {
    drop_unused_segments();
    u64 size = args[1];
    u32 flags = as_u32(args[2]);
    const Credentials& who = current_credentials();
    const u64 most = std::min(kMostSegment, setting(Setting::SegmentSizeMax));
    auto make = [&]() -> Result<Ref<SharedSegment>> {
        if (size == 0 || size > most) return err(Errno::Einval);
        auto segment = make_ref<SharedSegment>(as_int(args[0]), flags, who, size, current_process().pid);
        segment->changed_s = now_s();
        return segment;
    };
    auto check = [&](const SharedSegment& segment) -> Result<void> {
        if (size > segment.size) return err(Errno::Einval);
        return {};
    };
    return static_cast<u64>(TRY(shared_segments().get(as_int(args[0]), flags, who, make, check)));
}

Result<u64> sys_shmat(const SyscallArgs& args) {
    constexpr u64 kAlignment = 4096;
    u32 flags = as_u32(args[2]);
    u64 address = args[1];
    Ref<SharedSegment> segment = TRY(shared_segments().find(as_int(args[0])));
    bool read_only = (flags & kReadOnlyAttach) != 0;
    TRY(segment->check_access(current_credentials(), read_only ? kIpcMayRead : kIpcMayRead | kIpcMayWrite));
    u32 map_flags = kMapShared;
    if (address != 0) {
        if ((flags & kRoundAttach) != 0) address &= kPointerMask - (kAlignment - 1);
        if (address % kAlignment != 0) return err(Errno::Einval);
        map_flags |= (flags & kRemapAttach) != 0 ? kMapFixed : kMapFixedNoReplace;
    } else if ((flags & kRemapAttach) != 0) {
        return err(Errno::Einval);
    }
    u32 protection = kProtRead | (read_only ? 0 : kProtWrite) | ((flags & kExecAttach) != 0 ? kProtExec : 0);
    Result<GuestAddr> mapped = current_address_space().map({address}, segment->size, protection, map_flags,
                                                           segment->open(kOpenReadWrite), 0);
    if (!mapped) return err(mapped.error() == Errno::Eexist ? Errno::Einval : mapped.error());
    segment->attached_s = now_s();
    segment->last_pid = current_process().pid;
    return mapped->value;
}

Result<u64> sys_shmdt(const SyscallArgs& args) {
    RefPtr<SharedMemory> memory = TRY(current_address_space().detach_segment({args[0]}));
    for (const auto& [id, segment] : shared_segments().all()) {
        if (segment->memory.get() != memory.get()) continue;
        segment->detached_s = now_s();
        segment->last_pid = current_process().pid;
    }
    memory = nullptr;
    drop_unused_segments();
    return u64{0};
}

namespace {

Result<u64> segment_info(u32 command, u64 address) {
    struct Limits {
        u64 most_bytes, least_bytes, most_segments, per_process, all_pages;
        std::array<u64, 4> unused;
    };
    struct Usage {
        i32 used;
        u32 padding;
        u64 total, resident, swapped, attempts, successes;
    };
    int last = static_cast<int>(shared_segments().all().size()) - 1;
    if (command == kIpcInfo) {
        TRY(write_user(UserOut<Limits>{{address}}, Limits{setting(Setting::SegmentSizeMax),
                                                          1,
                                                          setting(Setting::SegmentsMax),
                                                          setting(Setting::SegmentsMax),
                                                          kMostSegment / 4096,
                                                          {}}));
    } else {
        Usage usage{};
        usage.used = last + 1;
        for (const auto& [id, segment] : shared_segments().all())
            usage.total += page_up(segment->size) / kPageSize;
        usage.resident = usage.total;
        TRY(write_user(UserOut<Usage>{{address}}, usage));
    }
    return static_cast<u64>(std::max(last, 0));
}

}  // namespace

Result<u64> sys_shmctl(const SyscallArgs& args) {
    u32 command = command_of(args[1]);
    const Credentials& who = current_credentials();
    if (as_int(args[0]) < 0 && command != kIpcInfo && command != kSegmentInfo) return err(Errno::Einval);
    drop_unused_segments();
    switch (command) {
        case kIpcInfo:
        case kSegmentInfo:
            return segment_info(command, args[2]);
        case kIpcStat:
        case kSegmentStat:
        case kSegmentStatAny: {
            Ref<SharedSegment> segment = TRY(stat_target(shared_segments(), args[0], command != kIpcStat));
            if (command != kSegmentStatAny) TRY(segment->check_access(who, kIpcMayRead));
            TRY(answer(args[2], record_of(*segment)));
            return command == kIpcStat ? u64{0} : static_cast<u64>(segment->id);
        }
        default:
            break;
    }
    Ref<SharedSegment> segment = TRY(shared_segments().find(as_int(args[0])));
    switch (command) {
        case kIpcSet: {
            SegmentRecord wanted = TRY(read_user(UserIn<SegmentRecord>{{args[2]}}));
            TRY(segment->check_owner(who));
            segment->set(wanted.permission);
            segment->changed_s = now_s();
            return u64{0};
        }
        case kIpcRemove:
            TRY(segment->check_owner(who));
            segment->removed = true;
            segment->key = kIpcPrivate;
            segment->mode |= kSegmentRemoved;
            drop_unused_segments();
            return u64{0};
        case kLockSegment:
        case kUnlockSegment:
            TRY(segment->check_owner(who));
            segment->mode = command == kLockSegment ? segment->mode | 02000 : segment->mode & ~u32{02000};
            return u64{0};
        default:
            return err(Errno::Einval);
    }
}

// ---- semaphores

namespace {

constexpr u32 kGetPid = 11, kGetValue = 12, kGetAll = 13, kGetWaitingMore = 14, kGetWaitingZero = 15,
              kSetValue = 16, kSetAll = 17, kSemaphoreStat = 18, kSemaphoreInfo = 19, kSemaphoreStatAny = 20;

struct SetRecord {
    IpcPermissionRecord permission;
    u64 operated_s, unused1, changed_s, unused2, count, unused3, unused4;
};
static_assert(sizeof(SetRecord) == 104);

SetRecord record_of(const SemaphoreSet& set) {
    SetRecord record{};
    record.permission = set.record();
    record.operated_s = set.operated_s;
    record.changed_s = set.changed_s;
    record.count = set.semaphores.size();
    return record;
}

Result<u64> semaphore_info(u64 address, bool usage) {
    struct Info {
        std::array<i32, 10> numbers;
    };
    i32 sets = static_cast<i32>(semaphore_sets().all().size()), semaphores = 0;
    for (const auto& [id, set] : semaphore_sets().all())
        semaphores += static_cast<i32>(set->semaphores.size());
    Info info{{1024000000, 32000, 1024000000, 1024000000, 32000, 500, 500, 20, 32767, 32767}};
    if (usage) {
        info.numbers[7] = sets;
        info.numbers[9] = semaphores;
    }
    TRY(write_user(UserOut<Info>{{address}}, info));
    return static_cast<u64>(std::max(sets - 1, 0));
}

Result<u64> all_values(SemaphoreSet& set, u64 address, bool setting) {
    if (!setting) {
        for (size_t i = 0; i < set.semaphores.size(); ++i)
            TRY(write_user(UserOut<u16>{{address + 2 * i}}, static_cast<u16>(set.semaphores[i].value)));
        return u64{0};
    }
    std::vector<u16> values;
    for (size_t i = 0; i < set.semaphores.size(); ++i)
        values.push_back(TRY(read_user(UserIn<u16>{{address + 2 * i}})));
    if (std::ranges::any_of(values, [](u16 value) { return value > SemaphoreSet::kMostValue; }))
        return err(Errno::Erange);
    for (size_t i = 0; i < values.size(); ++i) {
        set.semaphores[i].value = values[i];
        set.semaphores[i].pid = current_process().pid;
    }
    set.forget_undo(std::nullopt);
    set.changed_s = now_s();
    set.values_changed();
    return u64{0};
}

Result<u64> one_value(SemaphoreSet& set, u64 number, u32 command, u64 value) {
    if (as_u32(number) >= set.semaphores.size()) return err(Errno::Einval);
    SemaphoreSet::Semaphore& semaphore = set.semaphores[as_u32(number)];
    switch (command) {
        case kGetPid:
            return u64{semaphore.pid};
        case kGetValue:
            return static_cast<u64>(semaphore.value);
        case kGetWaitingMore:
            return u64{set.waiting(static_cast<u16>(number), false)};
        case kGetWaitingZero:
            return u64{set.waiting(static_cast<u16>(number), true)};
        default:
            if (as_int(value) < 0 || as_int(value) > SemaphoreSet::kMostValue) return err(Errno::Erange);
            semaphore.value = as_int(value);
            semaphore.pid = current_process().pid;
            set.forget_undo(static_cast<u16>(number));
            set.changed_s = now_s();
            set.values_changed();
            return u64{0};
    }
}

Result<u64> semaphore_operation(const SyscallArgs& args, std::optional<u64> deadline) {
    u32 count = as_u32(args[2]);
    if (count > SemaphoreSet::kMostOperations) return err(Errno::E2big);
    if (count == 0 || as_int(args[0]) < 0) return err(Errno::Einval);
    std::vector<SemaphoreOperation> operations;
    u32 wanted = 0;
    for (u32 i = 0; i < count; ++i) {
        constexpr u64 kSize = sizeof(SemaphoreOperation);
        operations.push_back(TRY(read_user(UserIn<SemaphoreOperation>{{args[1] + i * kSize}})));
        wanted |= operations.back().change == 0 ? kIpcMayRead : kIpcMayWrite;
    }
    Ref<SemaphoreSet> set = TRY(semaphore_sets().find(as_int(args[0])));
    TRY(set->check_access(current_credentials(), wanted));
    TRY(set->operate(operations, deadline));
    return u64{0};
}

}  // namespace

Result<u64> sys_semget(const SyscallArgs& args) {
    i32 count = as_int(args[1]);
    u32 flags = as_u32(args[2]);
    if (count < 0 || static_cast<size_t>(count) > SemaphoreSet::kMostInSet) return err(Errno::Einval);
    const Credentials& who = current_credentials();
    auto make = [&]() -> Result<Ref<SemaphoreSet>> {
        if (count == 0) return err(Errno::Einval);
        auto set = make_ref<SemaphoreSet>(as_int(args[0]), flags, who, static_cast<size_t>(count));
        set->changed_s = now_s();
        return set;
    };
    auto check = [&](const SemaphoreSet& set) -> Result<void> {
        if (static_cast<size_t>(count) > set.semaphores.size()) return err(Errno::Einval);
        return {};
    };
    return static_cast<u64>(TRY(semaphore_sets().get(as_int(args[0]), flags, who, make, check)));
}

Result<u64> sys_semop(const SyscallArgs& args) { return semaphore_operation(args, std::nullopt); }

Result<u64> sys_semtimedop(const SyscallArgs& args) {
    if (args[3] == 0) return semaphore_operation(args, std::nullopt);
    u64 duration = TRY(read_timespec_ns(args[3]));
    return semaphore_operation(args, deadline_after(enclave::monotonic_ns(), duration));
}

Result<u64> sys_semctl(const SyscallArgs& args) {
    u32 command = command_of(args[2]);
    const Credentials& who = current_credentials();
    switch (command) {
        case kIpcInfo:
        case kSemaphoreInfo:
            return semaphore_info(args[3], command == kSemaphoreInfo);
        case kIpcStat:
        case kSemaphoreStat:
        case kSemaphoreStatAny: {
            Ref<SemaphoreSet> set = TRY(stat_target(semaphore_sets(), args[0], command != kIpcStat));
            if (command != kSemaphoreStatAny) TRY(set->check_access(who, kIpcMayRead));
            TRY(answer(args[3], record_of(*set)));
            return command == kIpcStat ? u64{0} : static_cast<u64>(set->id);
        }
        default:
            break;
    }
    Ref<SemaphoreSet> set = TRY(semaphore_sets().find(as_int(args[0])));
    switch (command) {
        case kIpcSet: {
            SetRecord wanted = TRY(read_user(UserIn<SetRecord>{{args[3]}}));
            TRY(set->check_owner(who));
            set->set(wanted.permission);
            set->changed_s = now_s();
            return u64{0};
        }
        case kIpcRemove:
            TRY(set->check_owner(who));
            set->remove();
            return u64{0};
        case kGetAll:
        case kSetAll:
            TRY(set->check_access(who, command == kGetAll ? kIpcMayRead : kIpcMayWrite));
            return all_values(*set, args[3], command == kSetAll);
        case kGetPid:
        case kGetValue:
        case kGetWaitingMore:
        case kGetWaitingZero:
        case kSetValue:
            TRY(set->check_access(who, command == kSetValue ? kIpcMayWrite : kIpcMayRead));
            return one_value(*set, args[1], command, args[3]);
        default:
            return err(Errno::Einval);
    }
}

// ---- message queues

namespace {

constexpr u32 kQueueStat = 11, kQueueInfo = 12, kQueueStatAny = 13;

struct QueueRecord {
    IpcPermissionRecord permission;
    u64 sent_s, received_s, changed_s, bytes, messages, most_bytes;
    u32 last_sender, last_receiver;
    std::array<u64, 2> unused;
};
static_assert(sizeof(QueueRecord) == 120);

QueueRecord record_of(const MessageQueue& queue) {
    QueueRecord record{};
    record.permission = queue.record();
    record.sent_s = queue.sent_s;
    record.received_s = queue.received_s;
    record.changed_s = queue.changed_s;
    record.bytes = queue.bytes;
    record.messages = queue.messages.size();
    record.most_bytes = queue.most_bytes;
    record.last_sender = queue.last_sender;
    record.last_receiver = queue.last_receiver;
    return record;
}

Result<u64> queue_info(u64 address, bool usage) {
    struct Info {
        std::array<i32, 7> numbers;
        u16 segments, padding;
    };
    Info info{{512000, 512000, 8192, 16384, 32000, 16, 16384}, 0xffff, 0};
    i32 queues = static_cast<i32>(message_queues().all().size()), messages = 0, bytes = 0;
    for (const auto& [id, queue] : message_queues().all()) {
        messages += static_cast<i32>(queue->messages.size());
        bytes += static_cast<i32>(queue->bytes);
    }
    if (usage) {
        info.numbers[0] = queues;
        info.numbers[1] = messages;
        info.numbers[6] = bytes;
    }
    TRY(write_user(UserOut<Info>{{address}}, info));
    return static_cast<u64>(std::max(queues - 1, 0));
}

}  // namespace

Result<u64> sys_msgget(const SyscallArgs& args) {
    u32 flags = as_u32(args[1]);
    const Credentials& who = current_credentials();
    auto make = [&]() -> Result<Ref<MessageQueue>> {
        auto queue = make_ref<MessageQueue>(as_int(args[0]), flags, who);
        queue->changed_s = now_s();
        return queue;
    };
    auto check = [](const MessageQueue&) { return Result<void>(); };
    return static_cast<u64>(TRY(message_queues().get(as_int(args[0]), flags, who, make, check)));
}

Result<u64> sys_msgsnd(const SyscallArgs& args) {
    if (args[2] > setting(Setting::SysvQueueMessageMax) || as_int(args[0]) < 0) return err(Errno::Einval);
    i64 type = TRY(read_user(UserIn<i64>{{args[1]}}));
    if (type < 1) return err(Errno::Einval);
    MessageQueue::Message message{type, std::vector<u8>(args[2])};
    TRY(copy_in(message.bytes, {args[1] + sizeof(i64)}));
    Ref<MessageQueue> queue = TRY(message_queues().find(as_int(args[0])));
    TRY(queue->check_access(current_credentials(), kIpcMayWrite));
    TRY(queue->send(std::move(message), (as_u32(args[3]) & kIpcNoWait) == 0));
    return u64{0};
}

Result<u64> sys_msgrcv(const SyscallArgs& args) {
    u32 flags = as_u32(args[4]);
    if (as_i64(args[2]) < 0 || as_int(args[0]) < 0) return err(Errno::Einval);
    const bool copies = (flags & kMessageCopy) != 0;
    if (copies && ((flags & kMessageExcept) != 0 || (flags & kIpcNoWait) == 0)) return err(Errno::Einval);
    Ref<MessageQueue> queue = TRY(message_queues().find(as_int(args[0])));
    TRY(queue->check_access(current_credentials(), kIpcMayRead));
    MessageQueue::Message message = copies ? TRY(queue->copy(args[2], as_i64(args[3]), flags))
                                           : TRY(queue->receive(args[2], as_i64(args[3]), flags));
    TRY(write_user(UserOut<i64>{{args[1]}}, message.type));
    TRY(copy_out({args[1] + sizeof(i64)}, message.bytes));
    return message.bytes.size();
}

Result<u64> sys_msgctl(const SyscallArgs& args) {
    u32 command = command_of(args[1]);
    const Credentials& who = current_credentials();
    switch (command) {
        case kIpcInfo:
        case kQueueInfo:
            return queue_info(args[2], command == kQueueInfo);
        case kIpcStat:
        case kQueueStat:
        case kQueueStatAny: {
            Ref<MessageQueue> queue = TRY(stat_target(message_queues(), args[0], command != kIpcStat));
            if (command != kQueueStatAny) TRY(queue->check_access(who, kIpcMayRead));
            TRY(answer(args[2], record_of(*queue)));
            return command == kIpcStat ? u64{0} : static_cast<u64>(queue->id);
        }
        default:
            break;
    }
    Ref<MessageQueue> queue = TRY(message_queues().find(as_int(args[0])));
    if (command == kIpcSet) {
        QueueRecord wanted = TRY(read_user(UserIn<QueueRecord>{{args[2]}}));
        TRY(queue->check_owner(who));
        if (wanted.most_bytes > setting(Setting::SysvQueueBytes) && !who.is_superuser())
            return err(Errno::Eperm);
        queue->most_bytes = std::min<u64>(wanted.most_bytes, u64{64} << 20);
        queue->set(wanted.permission);
        queue->changed_s = now_s();
        queue->changed.wake_all();
        return u64{0};
    }
    if (command != kIpcRemove) return err(Errno::Einval);
    TRY(queue->check_owner(who));
    queue->remove();
    return u64{0};
}

}  // namespace occlum::kernel
