#include "kernel/ipc/posix_queue.h"

#include <algorithm>

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/fs/time.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

constexpr i64 kMostMessagesOfRoot = 65536, kMostSizeOfRoot = 16 << 20;
i64 signed_setting(Setting which) { return static_cast<i64>(setting(which)); }

using Queues = std::map<std::string, Ref<PosixQueue>, std::less<>>;
Queues& queues() {
    [[clang::no_destroy]] static Queues all;
    return all;
}

// What each user's queues may come to hold, for RLIMIT_MSGQUEUE.
std::map<u32, u64>& charged_bytes() {
    [[clang::no_destroy]] static std::map<u32, u64> all;
    return all;
}

// The rule of mq_overview(7)'s RLIMIT_MSGQUEUE (getrlimit(2)).
u64 bytes_of(u64 messages, u64 size) {
    constexpr u64 kHeader = 48, kMostPriorities = 32768;
    return messages * (size + kHeader) + std::min(messages, kMostPriorities) * kHeader;
}

// What fstat(2) sees of a queue.
class QueueInode final : public Inode {
public:
    explicit QueueInode(Ref<PosixQueue> queue) : Inode(kTypeRegular), queue_(std::move(queue)) {}
    Result<Attributes> attributes() override { return queue_->attributes; }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        Attributes& file = queue_->attributes;
        if (change.mode) file.mode = kTypeRegular | (*change.mode & 0777);
        if (change.uid) file.uid = *change.uid;
        if (change.gid) file.gid = *change.gid;
        return {};
    }
    Result<Ref<OpenFile>> open(u32 flags) override {
        return Ref<OpenFile>(make_ref<PosixQueueFile>(flags, queue_));
    }

private:
    Ref<PosixQueue> queue_;
};

Result<Ref<PosixQueue>> make_queue(const QueueRequest& request, const Credentials& who) {
    static const u64 device = next_device_number();
    static u64 last_number = 0;
    const i64 limit = signed_setting(Setting::QueueMessagesMax),
              size_limit = signed_setting(Setting::QueueMessageSizeMax);
    i64 most = std::min(signed_setting(Setting::QueueMessagesDefault), limit);
    i64 size = std::min(signed_setting(Setting::QueueMessageSizeDefault), size_limit);
    if (request.attributes) {
        most = request.attributes->most_messages;
        size = request.attributes->message_size;
        bool root = who.is_superuser();
        if (most <= 0 || size <= 0) return err(Errno::Einval);
        if (most > (root ? kMostMessagesOfRoot : limit) || size > (root ? kMostSizeOfRoot : size_limit))
            return err(Errno::Einval);
    }
    if (queues().size() >= setting(Setting::QueuesMax) && !who.has(Capability::Resource))
        return err(Errno::Enospc);
    const Process& owner = current_process();
    const u64 bytes = bytes_of(static_cast<u64>(most), static_cast<u64>(size));
    const auto charged = charged_bytes().find(current_credentials().uid);
    const u64 before = charged == charged_bytes().end() ? 0 : charged->second;
    if (before + bytes > owner.limits.of(Resource::MessageQueue).soft) return err(Errno::Emfile);
    Attributes file{.device = device,
                    .inode = ++last_number,
                    .mode = kTypeRegular | (request.mode & 0777),
                    .uid = who.fsuid,
                    .gid = who.fsgid,
                    .size = 80};
    file.accessed = file.modified = file.changed = file.born = file_time_now();
    return make_ref<PosixQueue>(most, size, file, current_credentials().uid);
}

u32 wanted_access(u32 flags) {
    switch (flags & kOpenAccessMask) {
        case kOpenReadOnly:
            return kMayRead;
        case kOpenWriteOnly:
            return kMayWrite;
        default:
            return kMayRead | kMayWrite;
    }
}

}  // namespace

PosixQueue::PosixQueue(i64 most, i64 size, const Attributes& file, u32 owner)
    : most_messages(static_cast<size_t>(most)),
      message_size(static_cast<size_t>(size)),
      attributes(file),
      owner_(owner) {
    charged_bytes()[owner_] += bytes_of(most_messages, message_size);
}

PosixQueue::~PosixQueue() {
    u64& charged = charged_bytes()[owner_];
    charged -= std::min(charged, bytes_of(most_messages, message_size));
    if (charged == 0) charged_bytes().erase(owner_);
}

namespace {

enum class NoticeEvent : u8 { Arrived = 1, Removed = 2 };

void tell_thread(PosixQueue::Notice& notice, NoticeEvent event) {
    if (!notice.socket) return;
    notice.cookie.back() = static_cast<u8>(event);
    notice.post(*notice.socket, notice.cookie);
}

}  // namespace

void PosixQueue::forget_notice() {
    Notice old = std::exchange(notice, {});
    tell_thread(old, NoticeEvent::Removed);
}

Result<void> PosixQueue::send(Message message, bool wait, std::optional<u64> deadline_ns) {
    if (messages_.size() >= most_messages) {
        if (!wait) return err(Errno::Eagain);
        TRY(wait_until(changed_, [&] { return messages_.size() < most_messages; }, deadline_ns));
    }
    auto place = std::ranges::find_if(
        messages_, [&](const Message& other) { return other.priority < message.priority; });
    bool was_empty = messages_.empty();
    messages_.insert(place, std::move(message));
    changed_.wake_all();
    // Whoever waits for it in mq_receive comes before who only wants to be told.
    if (!was_empty || receivers_ != 0 || notice.pid == 0) return {};
    RefPtr<Process> told = pid_table().process(notice.pid);
    Notice old = std::exchange(notice, {});
    tell_thread(old, NoticeEvent::Arrived);
    SigInfo& info = old.info;
    const Process& sender = current_process();
    info.words[0] = u64{sender.pid} | u64{current_credentials().uid} << 32;
    if (told && info.signal != 0) send_signal(*told, info);
    return {};
}

Result<PosixQueue::Message> PosixQueue::receive(bool wait, std::optional<u64> deadline_ns) {
    if (messages_.empty()) {
        if (!wait) return err(Errno::Eagain);
        ++receivers_;
        Result<void> waited = wait_until(changed_, [&] { return !messages_.empty(); }, deadline_ns);
        --receivers_;
        if (!waited) return err(waited.error());
    }
    Message message = std::move(messages_.front());
    messages_.pop_front();
    changed_.wake_all();
    return message;
}

size_t PosixQueue::bytes() const {
    size_t sum = 0;
    for (const Message& message : messages_) sum += message.bytes.size();
    return sum;
}

Result<size_t> PosixQueueFile::read(const UserBuffer& to) {
    if (std::exchange(told_, true)) return size_t{0};
    const PosixQueue::Notice& notice = queue_->notice;
    const auto column = [](std::string_view name, u64 number, size_t width) {
        std::string digits = std::to_string(number);
        digits.resize(std::max(width, digits.size()), ' ');
        return std::string(name) + digits;
    };
    const std::string text = column("QSIZE:", queue_->bytes(), 10) + column(" NOTIFY:", 0, 5) +
                             column(" SIGNO:", static_cast<u64>(notice.info.signal), 5) +
                             column(" NOTIFY_PID:", notice.pid, 6) + "\n";
    std::vector<u8> bytes(text.begin(), text.end());
    size_t size = std::min(bytes.size(), to.size());
    TRY(to.copy_to(0, std::span<const u8>(bytes).first(size)));
    return size;
}

u32 PosixQueueFile::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(queue_->changed());
    u32 events = queue_->messages() != 0 ? kPollIn | kPollReadNormal : 0;
    if (queue_->messages() < queue_->most_messages) events |= kPollOut | kPollWriteNormal;
    return events;
}

void PosixQueueFile::closed() {
    if (queue_->notice.pid == current_process().pid) queue_->forget_notice();
}

Result<Ref<OpenFile>> open_posix_queue(std::string_view name, const QueueRequest& request,
                                       const Credentials& who) {
    auto found = queues().find(name);
    bool create = (request.flags & kOpenCreate) != 0;
    if (found == queues().end()) {
        if (!create) return err(Errno::Enoent);
        Ref<PosixQueue> made = TRY(make_queue(request, who));
        found = queues().emplace(std::string(name), made).first;
    } else {
        if (create && (request.flags & kOpenExclusive) != 0) return err(Errno::Eexist);
        TRY(check_access(found->second->attributes, who, wanted_access(request.flags)));
    }
    u32 flags = request.flags & (kOpenAccessMask | kOpenNonBlock);
    Ref<OpenFile> file = make_ref<PosixQueueFile>(flags, found->second);
    Ref<Inode> inode = make_ref<QueueInode>(found->second);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("/" + std::string(name), inode));
    return file;
}

Result<void> unlink_posix_queue(std::string_view name, const Credentials& who) {
    auto found = queues().find(name);
    if (found == queues().end()) return err(Errno::Enoent);
    TRY(check_owner(found->second->attributes, who));
    queues().erase(found);
    return {};
}

}  // namespace occlum::kernel
