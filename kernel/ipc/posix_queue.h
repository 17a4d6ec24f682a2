// POSIX message queues (mq_overview(7)).
#pragma once

#include <deque>
#include <map>

#include "kernel/fs/open_file.h"
#include "kernel/signal/types.h"

namespace occlum::kernel {

/// struct mq_attr.
struct QueueAttributes {
    i64 flags, most_messages, message_size, messages;
    std::array<i64, 4> unused;
};

class PosixQueue final : public RefCounted {
public:
    /// Counted in what `owner` may have of queues until it goes.
    PosixQueue(i64 most, i64 size, const Attributes& file, u32 owner);
    ~PosixQueue() override;

    const size_t most_messages, message_size;
    Attributes attributes;

    struct Message {
        u32 priority;
        std::vector<u8> bytes;
    };
    Result<void> send(Message message, bool wait, std::optional<u64> deadline_ns);
    Result<Message> receive(bool wait, std::optional<u64> deadline_ns);
    size_t messages() const { return messages_.size(); }
    size_t bytes() const;  ///< of all of them
    WaitQueue& changed() { return changed_; }

    // mq_notify(3).
    struct Notice {
        u32 pid = 0;  ///< 0: nobody
        SigInfo info = {};
        /// SIGEV_THREAD: a thread of the C library's waits at this socket for the cookie, whose last byte
        /// says what has happened.
        RefPtr<OpenFile> socket = nullptr;
        std::array<u8, 32> cookie = {};
        void (*post)(OpenFile& socket, std::span<const u8> bytes) = nullptr;
    };
    Notice notice;
    void forget_notice();  ///< which a thread that waits for it hears of

private:
    const u32 owner_;
    std::deque<Message> messages_;  // highest priority first, then oldest
    u32 receivers_ = 0;
    WaitQueue changed_;
};

class PosixQueueFile final : public OpenFile {
public:
    PosixQueueFile(u32 flags, Ref<PosixQueue> queue) : OpenFile(flags), queue_(std::move(queue)) {}
    Result<size_t> read(const UserBuffer& to) override;  ///< the state, as mq_overview(7) shows it
    u32 poll(PollTable* table) override;
    void closed() override;
    PosixQueueFile* as_posix_queue() override { return this; }
    PosixQueue& queue() { return *queue_; }

private:
    Ref<PosixQueue> queue_;
    bool told_ = false;
};

struct QueueRequest {
    u32 flags, mode;  ///< O_*; the mode without the umask's bits
    std::optional<QueueAttributes> attributes;
};
/// `name` without its slash. ENOENT, EEXIST, EACCES, EINVAL, ENOSPC, EMFILE.
Result<Ref<OpenFile>> open_posix_queue(std::string_view name, const QueueRequest& request,
                                       const Credentials& who);
Result<void> unlink_posix_queue(std::string_view name, const Credentials& who);

}  // namespace occlum::kernel
