// io_submit(2) and its kin.
#include "kernel/ipc/aio.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/sched/scheduler.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

std::map<std::pair<u64, u64>, Ref<AioContext>>& aio_contexts() {
    [[clang::no_destroy]] static std::map<std::pair<u64, u64>, Ref<AioContext>> contexts;
    return contexts;
}

namespace {

constexpr u32 kMostEvents = 65536;  // of all contexts, as Linux's fs.aio-max-nr

// struct iocb.
struct Request {
    u64 data;
    u32 key, rw_flags;
    u16 opcode;
    i16 priority;
    u32 descriptor;
    u64 buffer, size;
    i64 offset;
    u64 reserved;
    u32 flags, event_descriptor;
};
static_assert(sizeof(Request) == 64);

enum Opcode : u16 { kRead = 0, kWrite = 1, kSync = 2, kDataSync = 3, kReadVector = 7, kWriteVector = 8 };
constexpr u32 kNotifies = 1, kHasPriority = 2;

// What address spaces that are gone have left.
void drop_orphans() {
    std::erase_if(aio_contexts(), [](const auto& entry) {
        return std::ranges::none_of(pid_table().processes(), [&](const auto& each) {
            return each.second->memory && each.second->memory->number() == entry.second->owner;
        });
    });
}

Result<Ref<AioContext>> context_argument(u64 id) {
    const auto found = aio_contexts().find({current_address_space().number(), id});
    if (found == aio_contexts().end()) return err(Errno::Einval);
    return found->second;
}

Result<i64> transfer(const Request& request) {
    const bool writes = request.opcode == kWrite || request.opcode == kWriteVector;
    Ref<OpenFile> file = TRY(writes ? writable_file(request.descriptor) : readable_file(request.descriptor));
    if (request.offset < 0) return err(Errno::Einval);
    // Pipes and the like have no offset, and take any.
    std::optional<u64> offset = static_cast<u64>(request.offset);
    if (const RefPtr<Inode> inode = file->inode(); !inode || !inode->is_regular()) offset = std::nullopt;
    if (request.opcode == kRead || request.opcode == kWrite) {
        const UserBuffer buffer = TRY(buffer_argument(request.buffer, request.size));
        const auto moved = writes ? write_file(*file, buffer, offset) : read_file(*file, buffer, offset);
        return static_cast<i64>(TRY(moved));
    }
    const auto pieces = TRY(read_io_vectors(request.buffer, request.size));
    const auto moved = writes ? write_vectors(*file, pieces, offset) : read_vectors(*file, pieces, offset);
    return static_cast<i64>(TRY(moved));
}

// Errors of the request itself, as io_submit(2) returns them.
Result<void> check(const Request& request) {
    constexpr u64 kLargest = static_cast<u64>(-1) >> 1;
    if (request.reserved != 0 || request.size > kLargest) return err(Errno::Einval);
    TRY(file_argument(request.descriptor));
    if ((request.flags & ~(kNotifies | kHasPriority)) != 0) return err(Errno::Einval);
    switch (request.opcode) {
        case kRead:
        case kReadVector:
            TRY(readable_file(request.descriptor));
            return {};
        case kWrite:
        case kWriteVector:
            TRY(writable_file(request.descriptor));
            return {};
        case kSync:
        case kDataSync:
            return request.buffer == 0 && request.size == 0 && request.offset == 0 ? Result<void>()
                                                                                   : err(Errno::Einval);
        default:
            return err(Errno::Einval);
    }
}

Result<i64> perform(const Request& request) {
    if (request.opcode != kSync && request.opcode != kDataSync) return transfer(request);
    TRY(TRY(file_argument(request.descriptor))->sync());
    return i64{0};
}

Result<void> submit_one(AioContext& context, u64 address) {
    const auto request = TRY(read_user(UserIn<Request>{{address}}));
    TRY(write_user(UserOut<u32>{{address + sizeof(u64)}}, 0u));
    TRY(check(request));
    RefPtr<OpenFile> counter;
    if ((request.flags & kNotifies) != 0) counter = TRY(file_argument(request.event_descriptor));
    if (context.done.size() >= context.capacity) return err(Errno::Eagain);
    const Result<i64> result = perform(request);
    const i64 shown =
        result ? *result
               : -static_cast<i64>(result.error() >= Errno::Erestartsys ? Errno::Eintr : result.error());
    context.done.push_back({request.data, address, shown, 0});
    context.changed.wake_all();
    if (counter) {
        const std::array<u8, 8> one{1};
        (void)counter->write(UserBuffer::kernel_source(one));
    }
    return {};
}

Result<u64> get_events(const SyscallArgs& args) {
    const i64 least = as_i64(args[1]), most = as_i64(args[2]);
    std::optional<u64> deadline;
    if (args[4] != 0)
        deadline = enclave::monotonic_ns() + TRY(to_ns(TRY(read_user(UserIn<Timespec>{{args[4]}}))));
    const Ref<AioContext> context = TRY(context_argument(args[0]));
    if (least < 0 || most < 0 || least > most) return err(Errno::Einval);
    const auto enough = [&] { return static_cast<i64>(context->done.size()) >= least || context->destroyed; };
    const auto waited = wait_until(context->changed, enough, deadline, Sleep::Interruptible);
    if (context->destroyed) return err(Errno::Einval);
    u64 given = 0;
    while (given < static_cast<u64>(most) && !context->done.empty()) {
        const auto stored =
            write_user(UserOut<AioEvent>{{args[3] + given * sizeof(AioEvent)}}, context->done.front());
        if (!stored) return given > 0 ? Result<u64>(given) : err(stored.error());
        context->done.pop_front();
        ++given;
    }
    if (given == 0 && !waited && waited.error() != Errno::Etimedout) return err(Errno::Eintr);
    return given;
}

}  // namespace

Result<u64> sys_io_setup(const SyscallArgs& args) {
    const u32 count = as_u32(args[0]);
    if (TRY(read_user(UserIn<u64>{{args[1]}})) != 0 || count == 0) return err(Errno::Einval);
    // Linux's table of events would be longer than any it makes.
    constexpr u32 kAbsurd = 1 << 22;
    if (count > kAbsurd) return err(Errno::Einval);
    drop_orphans();
    u64 used = 0;
    for (const auto& [key, context] : aio_contexts()) used += context->capacity;
    if (count > kMostEvents || used + count > kMostEvents) return err(Errno::Eagain);
    AddressSpace& space = current_address_space();
    // Libraries look for a ring at this address, see that there is none, and ask the kernel.
    const GuestAddr ring =
        TRY(space.map({}, kPageSize, kProtRead | kProtWrite, kMapPrivate | kMapAnonymous, nullptr, 0));
    aio_contexts().emplace(std::pair{space.number(), ring.value},
                           make_ref<AioContext>(space.number(), count));
    if (const auto stored = write_user(UserOut<u64>{{args[1]}}, ring.value); !stored) {
        (void)sys_io_destroy({ring.value});
        return err(stored.error());
    }
    return u64{0};
}

Result<u64> sys_io_destroy(const SyscallArgs& args) {
    const Ref<AioContext> context = TRY(context_argument(args[0]));
    context->destroyed = true;
    context->changed.wake_all();
    aio_contexts().erase({current_address_space().number(), args[0]});
    (void)current_address_space().unmap({args[0]}, kPageSize);
    return u64{0};
}

Result<u64> sys_io_submit(const SyscallArgs& args) {
    const i64 count = as_i64(args[1]);
    if (count < 0) return err(Errno::Einval);
    const Ref<AioContext> context = TRY(context_argument(args[0]));
    for (u64 i = 0; i < static_cast<u64>(count); ++i) {
        const auto address = read_user(UserIn<u64>{{args[2] + i * sizeof(u64)}});
        const Result<void> submitted = address ? submit_one(*context, *address) : err(address.error());
        if (!submitted) return i > 0 ? Result<u64>(i) : err(submitted.error());
    }
    return static_cast<u64>(count);
}

Result<u64> sys_io_getevents(const SyscallArgs& args) { return get_events(args); }

Result<u64> sys_io_pgetevents(const SyscallArgs& args) {
    struct Mask {
        u64 address, size;
    };
    if (args[5] != 0) {
        const auto mask = TRY(read_user(UserIn<Mask>{{args[5]}}));
        if (mask.address != 0) {
            if (mask.size != sizeof(u64)) return err(Errno::Einval);
            set_temporary_mask(current_task(), SigSet(TRY(read_user(UserIn<u64>{{mask.address}}))));
        }
    }
    return get_events(args);
}

// Whatever was submitted has been done: there is nothing to cancel.
Result<u64> sys_io_cancel(const SyscallArgs& args) {
    TRY(read_user(UserIn<u32>{{args[1] + sizeof(u64)}}));
    TRY(context_argument(args[0]));
    return err(Errno::Einval);
}

}  // namespace occlum::kernel
