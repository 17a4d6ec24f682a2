// Descriptors: dup, fcntl, flock, ioctl.
#include "kernel/fs/directory_notice.h"
#include "kernel/fs/file_lock.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/ipc/pipe.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

Result<u64> sys_dup(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    return static_cast<u64>(TRY(current_files().add(file, false)));
}

Result<u64> sys_dup2(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (as_int(args[0]) != as_int(args[1])) TRY(current_files().replace(as_int(args[1]), file, false));
    return u64{as_u32(args[1])};
}

Result<u64> sys_dup3(const SyscallArgs& args) {
    u32 flags = as_u32(args[2]);
    if ((flags & ~kOpenCloseOnExec) != 0 || as_int(args[0]) == as_int(args[1])) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    TRY(current_files().replace(as_int(args[1]), file, flags != 0));
    return u64{as_u32(args[1])};
}

namespace {

// fcntl(2).
enum : u32 {
    kDupFd = 0,
    kGetFd = 1,
    kSetFd = 2,
    kGetFl = 3,
    kSetFl = 4,
    kGetLk = 5,
    kSetLk = 6,
    kSetLkw = 7,
    kSetOwn = 8,
    kGetOwn = 9,
    kSetSig = 10,
    kGetSig = 11,
    kOfdGetLk = 36,
    kOfdSetLk = 37,
    kOfdSetLkw = 38,
    kSetLease = 1024,
    kGetLease = 1025,
    kDupFdQuery = 1027,
    kDupFdCloexec = 1030,
    kSetPipeSize = 1031,
    kGetPipeSize = 1032,
    kAddSeals = 1033,
    kGetSeals = 1034,
    kGetWriteHint = 1035,
    kSetWriteHint = 1036,
    kNotify = 1026,
    kSetOwnEx = 15,
    kGetOwnEx = 16
};

struct LinuxFlock {
    i16 type, whence;
    u32 padding;
    i64 start, length;
    i32 pid;
    u32 padding_end;
};
constexpr i16 kReadLock = 0, kWriteLock = 1, kUnlock = 2;

// The range that l_whence, l_start and l_len mean.
Result<LockRange> lock_range(OpenFile& file, const LinuxFlock& lock) {
    i64 base = 0;
    if (lock.whence == kSeekCurrent)
        base = static_cast<i64>(file.position());
    else if (lock.whence == kSeekEnd)
        base = static_cast<i64>(TRY(file.attributes()).size);
    else if (lock.whence != kSeekSet)
        return err(Errno::Einval);
    i64 first = 0, end = 0;
    if (__builtin_add_overflow(base, lock.start, &first)) return err(Errno::Eoverflow);
    if (__builtin_add_overflow(first, lock.length, &end)) return err(Errno::Eoverflow);
    if (lock.length < 0) std::swap(first, end);
    if (first < 0) return err(Errno::Einval);
    return LockRange{.first = static_cast<u64>(first),
                     .last = lock.length == 0 ? ~u64{0} : static_cast<u64>(end) - 1};
}

Result<LockKind> lock_kind(OpenFile& file, i16 type) {
    switch (type) {
        case kReadLock:
            if (!file.readable()) return err(Errno::Ebadf);
            return LockKind::Shared;
        case kWriteLock:
            if (!file.writable()) return err(Errno::Ebadf);
            return LockKind::Exclusive;
        case kUnlock:
            return LockKind::Unlock;
        default:
            return err(Errno::Einval);
    }
}

Result<u64> record_lock(OpenFile& file, u32 command, u64 address) {
    bool of_description = command >= kOfdGetLk;
    RefPtr<Inode> inode = file.inode();
    if (!inode) return err(Errno::Ebadf);
    LinuxFlock request = TRY(read_user(UserIn<LinuxFlock>{{address}}));
    if (of_description && request.pid != 0) return err(Errno::Einval);
    bool query = command == kGetLk || command == kOfdGetLk;
    RecordLock lock;
    // A query may ask about locks that this descriptor could not take.
    if (query) {
        if (request.type != kReadLock && request.type != kWriteLock) return err(Errno::Einval);
        lock.kind = request.type == kReadLock ? LockKind::Shared : LockKind::Exclusive;
    } else {
        lock.kind = TRY(lock_kind(file, request.type));
    }
    lock.range = TRY(lock_range(file, request));
    Process& process = current_process();
    lock.owner = of_description ? static_cast<LockOwner>(&file) : static_cast<LockOwner>(&current_files());
    lock.process = of_description ? -1 : static_cast<i32>(process.pid);
    if (!query) {
        TRY(inode->locks().set(lock, command == kSetLkw || command == kOfdSetLkw));
        return u64{0};
    }
    request.type = kUnlock;
    if (std::optional<RecordLock> held = inode->locks().conflicting(lock)) {
        request.type = held->kind == LockKind::Shared ? kReadLock : kWriteLock;
        request.whence = kSeekSet;
        request.start = static_cast<i64>(held->range.first);
        request.length =
            held->range.last == ~u64{0} ? 0 : static_cast<i64>(held->range.last - held->range.first + 1);
        request.pid = held->process;
    }
    TRY(write_user(UserOut<LinuxFlock>{{address}}, request));
    return u64{0};
}

// memfd_create(2)'s seals. EINVAL: no file that could have any.
Result<u64> seal_call(OpenFile& file, u32 command, u32 wanted) {
    RefPtr<Inode> inode = file.inode();
    if (!inode || !inode->is_regular() || inode->file_system().type != "tmpfs") return err(Errno::Einval);
    if (command == kGetSeals) return u64{inode->seals};
    if (!file.writable()) return err(Errno::Eperm);
    if ((wanted & ~u32{63}) != 0) return err(Errno::Einval);
    if ((inode->seals & kSealSeal) != 0) return err(Errno::Eperm);
    bool new_write_seal = (wanted & kSealWrite) != 0 && (inode->seals & kSealWrite) == 0;
    if (new_write_seal && SharedMemory::maps(*inode)) return err(Errno::Ebusy);
    inode->seals |= wanted;
    return u64{0};
}

Result<void> set_owner(OpenFile& file, SignalOwner::Type type, i32 number) {
    using Type = SignalOwner::Type;
    const PidTable& all = pid_table();
    const u32 positive = static_cast<u32>(number);
    const bool there =
        number == 0 || (type == Type::Group ? all.group_exists(positive)
                                            : bool(all.task(positive)) || bool(all.process(positive)));
    if (!there) return err(Errno::Esrch);
    const Credentials& who = current_credentials();
    file.owner.type = type;
    file.owner.number = number;
    file.owner.uid = who.uid;
    file.owner.euid = who.euid;
    file.owner.superuser = who.has(Capability::Kill);
    return {};
}

// Whom F_SETOWN and its kin name.
Result<u64> owner_call(OpenFile& file, u32 command, u64 argument) {
    using Type = SignalOwner::Type;
    struct Owner {
        i32 type, number;
    };
    switch (command) {
        case kSetOwn: {
            const i32 number = as_int(argument);
            if (as_u32(argument) == u32{1} << 31) return err(Errno::Einval);
            TRY(set_owner(file, number < 0 ? Type::Group : Type::Process, number < 0 ? -number : number));
            return u64{0};
        }
        case kGetOwn:
            return static_cast<u64>(
                i64{file.owner.type == Type::Group ? -file.owner.number : file.owner.number});
        case kSetSig:
            if (argument > 64) return err(Errno::Einval);
            file.owner.signal = as_int(argument);
            return u64{0};
        case kGetSig:
            return static_cast<u64>(i64{file.owner.signal});
        case kSetOwnEx: {
            const Owner owner = TRY(read_user(UserIn<Owner>{{argument}}));
            if (owner.type < 0 || owner.type > 2 || owner.number < 0) return err(Errno::Einval);
            TRY(set_owner(file, static_cast<Type>(owner.type), owner.number));
            return u64{0};
        }
        default:
            TRY(write_user(UserOut<Owner>{{argument}},
                           Owner{static_cast<i32>(file.owner.type), file.owner.number}));
            return u64{0};
    }
}

// How long what is written lives: kept for those who ask.
Result<u64> write_hint(OpenFile& file, u32 command, u64 address) {
    constexpr u64 kExtremelyLong = 5;
    const RefPtr<Inode> inode = file.inode();
    if (!inode) return err(Errno::Einval);
    if (command == kGetWriteHint) {
        TRY(write_user(UserOut<u64>{{address}}, u64{inode->write_hint}));
        return u64{0};
    }
    const u64 hint = TRY(read_user(UserIn<u64>{{address}}));
    if (hint > kExtremelyLong) return err(Errno::Einval);
    TRY(check_owner(TRY(inode->attributes()), current_credentials()));
    inode->write_hint = static_cast<u8>(hint);
    return u64{0};
}

Result<u64> change_lease(OpenFile& file, u32 fd, u32 lease) {
    constexpr u32 kCapability = 28;  // CAP_LEASE
    const RefPtr<Inode> inode = file.inode();
    if (!inode || !inode->is_regular()) return err(Errno::Einval);
    const Credentials& who = current_credentials();
    const Attributes facts = TRY(inode->attributes());
    if (facts.uid != who.fsuid && !who.effective.has_number(kCapability)) return err(Errno::Eacces);
    if (lease > static_cast<u32>(Lease::None)) return err(Errno::Einval);
    TRY(set_lease(file, fd, static_cast<Lease>(lease)));
    return u64{0};
}

Result<u64> duplicate(Ref<OpenFile> file, u64 minimum, bool close_on_exec) {
    return static_cast<u64>(TRY(current_files().add(file, close_on_exec, as_int(minimum))));
}

Result<Pipe*> pipe_of(OpenFile& file) {
    Pipe* pipe = file.as_pipe();
    if (pipe == nullptr) return err(Errno::Ebadf);
    return pipe;
}

Result<u64> resize_pipe(Pipe& pipe, u64 size) {
    constexpr u64 kMost = u64{1} << 31;
    if (size <= kMost && size > setting(Setting::PipeMaxSize) &&
        !current_credentials().has(Capability::Resource))
        return err(Errno::Eperm);
    return pipe.set_capacity(size);
}

}  // namespace

Result<u64> sys_fcntl(const SyscallArgs& args) {
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    FdTable& files = current_files();
    u32 command = as_u32(args[1]);
    bool allowed_on_path = command == kDupFd || command == kDupFdCloexec || command == kGetFd ||
                           command == kSetFd || command == kGetFl;
    if (file->is_path() && !allowed_on_path) return err(Errno::Ebadf);
    switch (command) {
        case kDupFdQuery:
            return u64{TRY(file_argument(args[2])).get() == file.get()};
        case kDupFd:
        case kDupFdCloexec:
            return duplicate(file, args[2], command == kDupFdCloexec);
        case kGetFd:
            return u64{TRY(files.close_on_exec(as_int(args[0]))) ? 1u : 0u};
        case kSetFd:
            TRY(files.set_close_on_exec(as_int(args[0]), (args[2] & 1) != 0));
            return u64{0};
        case kGetFl:
            return u64{file->flags()};
        case kSetFl:
            file->set_status_flags(as_u32(args[2]));
            file->set_async((args[2] & kOpenAsync) != 0, as_int(args[0]));
            return u64{0};
        case kNotify:
            TRY(set_directory_notice(*file, as_int(args[0]), as_u32(args[2])));
            return u64{0};
        case kGetLk:
        case kSetLk:
        case kSetLkw:
        case kOfdGetLk:
        case kOfdSetLk:
        case kOfdSetLkw:
            return record_lock(*file, command, args[2]);
        case kSetPipeSize:
            return resize_pipe(*TRY(pipe_of(*file)), as_u32(args[2]));
        case kGetPipeSize:
            return TRY(pipe_of(*file))->capacity();
        case kSetLease:
            return change_lease(*file, as_u32(args[0]), as_u32(args[2]));
        case kGetLease:
            return static_cast<u64>(lease_of(*file));
        case kGetWriteHint:
        case kSetWriteHint:
            return write_hint(*file, command, args[2]);
        case kAddSeals:
        case kGetSeals:
            return seal_call(*file, command, as_u32(args[2]));
        case kSetOwn:
        case kGetOwn:
        case kSetSig:
        case kGetSig:
        case kSetOwnEx:
        case kGetOwnEx:
            return owner_call(*file, command, args[2]);
        default:
            return err(Errno::Einval);
    }
}

Result<u64> sys_flock(const SyscallArgs& args) {
    constexpr u32 kShared = 1, kExclusive = 2, kNonBlocking = 4, kUnlockAll = 8;
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    RefPtr<Inode> inode = file->inode();
    if (file->is_path() || !inode) return err(Errno::Ebadf);
    u32 operation = as_u32(args[1]);
    constexpr u32 kMandatory = 32;  // LOCK_MAND: Linux ignores it today
    if ((operation & kMandatory) != 0) return u64{0};
    bool wait = (operation & kNonBlocking) == 0;
    LockKind kind;
    switch (operation & ~kNonBlocking) {
        case kShared:
            kind = LockKind::Shared;
            break;
        case kExclusive:
            kind = LockKind::Exclusive;
            break;
        case kUnlockAll:
            kind = LockKind::Unlock;
            break;
        default:
            return err(Errno::Einval);
    }
    TRY(inode->locks().flock(file.get(), kind, wait));
    return u64{0};
}

namespace {

enum : u32 { kFioBlockSize = 2, kFioSize = 0x5460 };

// FIOQSIZE, FIGETBSZ. ENOTTY: neither a file nor a directory.
Result<u64> tell_size(OpenFile& file, u32 request, u64 address) {
    const RefPtr<Inode> inode = file.inode();
    if (!inode || (!inode->is_regular() && !inode->is_directory())) return err(Errno::Enotty);
    const Attributes facts = TRY(inode->attributes());
    if (request == kFioSize)
        TRY(write_user(UserOut<u64>{{address}}, facts.size));
    else
        TRY(write_user(UserOut<u32>{{address}}, as_u32(facts.block_size)));
    return u64{0};
}

}  // namespace

Result<u64> sys_ioctl(const SyscallArgs& args) {
    enum : u32 { kFionBio = 0x5421, kFioAsync = 0x5452, kFioNoCloexec = 0x5450, kFioCloexec = 0x5451 };
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    if (file->is_path()) return err(Errno::Ebadf);
    FdTable& files = current_files();
    switch (as_u32(args[1])) {
        case kFioCloexec:
        case kFioNoCloexec:
            TRY(files.set_close_on_exec(as_int(args[0]), as_u32(args[1]) == kFioCloexec));
            return u64{0};
        case kFionBio: {
            bool on = TRY(read_user(UserIn<u32>{{args[2]}})) != 0;
            u32 flags = file->flags() & ~kOpenNonBlock;
            file->set_status_flags(on ? flags | kOpenNonBlock : flags);
            return u64{0};
        }
        case kFioAsync: {
            const bool on = TRY(read_user(UserIn<u32>{{args[2]}})) != 0;
            if (!file->signals_readiness() && on) return err(Errno::Enotty);
            file->set_async(on, as_int(args[0]));
            return u64{0};
        }
        case kFioSize:
        case kFioBlockSize:
            if (Result<u64> told = tell_size(*file, as_u32(args[1]), args[2]);
                told || told.error() != Errno::Enotty)
                return told;
            [[fallthrough]];
        default:
            return file->ioctl(as_u32(args[1]), args[2]);
    }
}

}  // namespace occlum::kernel
