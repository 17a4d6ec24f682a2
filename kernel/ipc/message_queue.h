// System V message queues (msgop(2)).
#pragma once

#include <deque>
#include <vector>

#include "kernel/ipc/sysv.h"
#include "kernel/sched/wait_queue.h"

namespace occlum::kernel {

class MessageQueue final : public IpcObject {
public:
    MessageQueue(i32 its_key, u32 flags, const Credentials& creator) : IpcObject(its_key, flags, creator) {}

    struct Message {
        i64 type;
        std::vector<u8> bytes;
    };
    std::deque<Message> messages;
    size_t bytes = 0, most_bytes = setting(Setting::SysvQueueBytes);
    u64 sent_s = 0, received_s = 0, changed_s = 0;
    u32 last_sender = 0, last_receiver = 0;

    Result<void> send(Message message, bool wait);  ///< EAGAIN, EIDRM, EINTR
    /// `flags`: MSG_NOERROR, MSG_EXCEPT, IPC_NOWAIT. ENOMSG, E2BIG, EIDRM, EINTR.
    Result<Message> receive(size_t most, i64 type, u32 flags);
    /// MSG_COPY: the message of that index, which stays. ENOMSG, E2BIG, EINVAL.
    Result<Message> copy(size_t most, i64 index, u32 flags) const;
    void remove();
    WaitQueue changed;

private:
    std::deque<Message>::iterator choose(i64 type, bool except);
};
inline constexpr u32 kMessageNoError = 010000, kMessageExcept = 020000, kMessageCopy = 040000;

IpcTable<MessageQueue>& message_queues();

}  // namespace occlum::kernel
