// POSIX message queues.
#include "kernel/ipc/posix_queue.h"

#include <algorithm>

#include "enclave/host.h"
#include "kernel/net/socket.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

// The C library takes the leading slash off.
Result<std::string> name_argument(u64 address) {
    std::string name = TRY(path_argument(address));
    if (name.empty()) return err(Errno::Enoent);
    if (name.size() > kNameLimit) return err(Errno::Enametoolong);
    if (name.contains('/') || name == "." || name == "..") return err(Errno::Eacces);
    return name;
}

struct QueueArgument {
    Ref<OpenFile> file;
    PosixQueue& queue;
};
Result<QueueArgument> queue_argument(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    PosixQueueFile* queue = file->as_posix_queue();
    if (queue == nullptr) return err(Errno::Ebadf);
    return QueueArgument{file, queue->queue()};
}

// A time of the real clock; as a deadline of the monotonic one.
Result<std::optional<u64>> deadline_argument(u64 address) {
    if (address == 0) return std::optional<u64>();
    u64 point = TRY(read_timespec_ns(address));
    u64 now = enclave::realtime_ns();
    return std::optional<u64>(enclave::monotonic_ns() + (point > now ? point - now : 0));
}

}  // namespace

Result<u64> sys_mq_open(const SyscallArgs& args) {
    QueueRequest request{.flags = as_u32(args[1]), .mode = masked_mode(args[2]), .attributes = {}};
    if ((request.flags & kOpenAccessMask) == kOpenAccessMask) return err(Errno::Einval);
    std::string name = TRY(name_argument(args[0]));
    bool creates = (request.flags & kOpenCreate) != 0;
    if (creates && args[3] != 0) request.attributes = TRY(read_user(UserIn<QueueAttributes>{{args[3]}}));
    Ref<OpenFile> file = TRY(open_posix_queue(name, request, current_credentials()));
    // As Linux: always closed on exec.
    return static_cast<u64>(TRY(current_files().add(file, true)));
}

Result<u64> sys_mq_unlink(const SyscallArgs& args) {
    TRY(unlink_posix_queue(TRY(name_argument(args[0])), current_credentials()));
    return u64{0};
}

Result<u64> sys_mq_timedsend(const SyscallArgs& args) {
    constexpr u32 kMostPriority = 32768;
    if (as_u32(args[3]) >= kMostPriority) return err(Errno::Einval);
    std::optional<u64> deadline = TRY(deadline_argument(args[4]));
    QueueArgument at = TRY(queue_argument(args[0]));
    if (!at.file->writable()) return err(Errno::Ebadf);
    if (args[2] > at.queue.message_size) return err(Errno::Emsgsize);
    PosixQueue::Message message{as_u32(args[3]), std::vector<u8>(args[2])};
    TRY(copy_in(message.bytes, {args[1]}));
    TRY(at.queue.send(std::move(message), !at.file->non_blocking(), deadline));
    return u64{0};
}

Result<u64> sys_mq_timedreceive(const SyscallArgs& args) {
    std::optional<u64> deadline = TRY(deadline_argument(args[4]));
    QueueArgument at = TRY(queue_argument(args[0]));
    if (!at.file->readable()) return err(Errno::Ebadf);
    if (args[2] < at.queue.message_size) return err(Errno::Emsgsize);
    PosixQueue::Message message = TRY(at.queue.receive(!at.file->non_blocking(), deadline));
    TRY(copy_out({args[1]}, message.bytes));
    if (args[3] != 0) TRY(write_user(UserOut<u32>{{args[3]}}, message.priority));
    return message.bytes.size();
}

namespace {

// SIGEV_THREAD, as the C library asks for it: a netlink socket, and what to send there.
Result<void> take_thread(i32 descriptor, u64 cookie, PosixQueue::Notice& notice) {
    TRY(copy_in(notice.cookie, {cookie}));
    const Ref<OpenFile> file = TRY(current_files().get(descriptor));
    const Socket* socket = file->as_socket();
    if (socket == nullptr) return err(Errno::Enotsock);
    if (!socket->is_netlink()) return err(Errno::Einval);
    notice.socket = file;
    notice.post = [](OpenFile& to, std::span<const u8> bytes) { to.as_socket()->post(bytes); };
    return {};
}

}  // namespace

Result<u64> sys_mq_notify(const SyscallArgs& args) {
    // struct sigevent: value, signal, how.
    struct Event {
        u64 value;
        i32 signal, how;
    };
    constexpr i32 kSignal = 0, kNone = 1, kThread = 2;
    QueueArgument at = TRY(queue_argument(args[0]));
    PosixQueue::Notice& notice = at.queue.notice;
    u32 self = current_process().pid;
    if (args[1] == 0) {
        if (notice.pid == self) at.queue.forget_notice();
        return u64{0};
    }
    Event event = TRY(read_user(UserIn<Event>{{args[1]}}));
    if (event.how != kSignal && event.how != kNone && event.how != kThread) return err(Errno::Einval);
    if (event.how == kSignal && (event.signal < 0 || event.signal > kSigMax)) return err(Errno::Einval);
    PosixQueue::Notice wanted{.pid = self};
    if (event.how == kThread) TRY(take_thread(event.signal, event.value, wanted));
    bool taken = notice.pid != 0 && pid_table().process(notice.pid) != nullptr;
    if (taken) return err(Errno::Ebusy);
    constexpr i32 kSiMessageQueue = -3;
    notice = std::move(wanted);
    if (event.how == kSignal)
        notice.info = SigInfo::from_process(event.signal, kSiMessageQueue, self, 0, event.value);
    return u64{0};
}

Result<u64> sys_mq_getsetattr(const SyscallArgs& args) {
    QueueArgument at = TRY(queue_argument(args[0]));
    std::optional<QueueAttributes> wanted;
    if (args[1] != 0) wanted = TRY(read_user(UserIn<QueueAttributes>{{args[1]}}));
    if (wanted && (wanted->flags & ~i64{kOpenNonBlock}) != 0) return err(Errno::Einval);
    QueueAttributes now{.flags = at.file->flags() & kOpenNonBlock,
                        .most_messages = static_cast<i64>(at.queue.most_messages),
                        .message_size = static_cast<i64>(at.queue.message_size),
                        .messages = static_cast<i64>(at.queue.messages()),
                        .unused = {}};
    if (wanted) {
        u32 others = at.file->flags() & ~kOpenNonBlock;
        at.file->set_status_flags(others | static_cast<u32>(wanted->flags));
    }
    if (args[2] != 0) TRY(write_user(UserOut<QueueAttributes>{{args[2]}}, now));
    return u64{0};
}

}  // namespace occlum::kernel
