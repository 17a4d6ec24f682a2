#include "kernel/ipc/unix_socket.h"

#include <algorithm>

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/time.h"

namespace occlum::kernel {
namespace {

constexpr u64 kFionRead = 0x541b;
constexpr u32 kMaxBacklog = 4096;

struct Binding {
    UnixName name;
    UnixSocket* socket;
};
std::vector<Binding>& bindings() {
    static std::vector<Binding> all;
    return all;
}

bool same_name(const UnixName& a, const UnixName& b) {
    return a.file == b.file && (a.file != nullptr || a.text == b.text);
}

class SocketInode final : public Inode {
public:
    explicit SocketInode(const PeerIdentity& owner)
        : Inode(kTypeSocket), number_(next_number()), owner_(owner), made_(file_time_now()) {}
    Result<Attributes> attributes() override {
        static const u64 device = next_device_number();
        return Attributes{.device = device,
                          .inode = number_,
                          .mode = kTypeSocket | 0777,
                          .uid = owner_.uid,
                          .gid = owner_.gid,
                          .accessed = made_,
                          .modified = made_,
                          .changed = made_,
                          .born = made_};
    }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        return {};
    }
    Result<Ref<OpenFile>> open(u32) override { return err(Errno::Enxio); }
    u64 number() const { return number_; }

private:
    static u64 next_number() {
        static u64 last = 0;
        return ++last;
    }
    u64 number_;
    PeerIdentity owner_;
    TimeSpec made_;
};

}  // namespace

Ref<UnixSocket> make_unix_socket(u32 flags, const PeerIdentity& owner) {
    auto socket = make_ref<UnixSocket>(kOpenReadWrite | (flags & kOpenNonBlock), owner);
    auto inode = make_ref<SocketInode>(owner);
    socket->dentry =
        RefPtr<Dentry>(anonymous_dentry("socket:[" + std::to_string(inode->number()) + "]", inode));
    return socket;
}

UnixSocket::~UnixSocket() { closed(); }

UnixSocket* UnixSocket::bound(const UnixName& name) {
    auto found = std::ranges::find_if(bindings(), [&](const Binding& b) { return same_name(b.name, name); });
    return found == bindings().end() ? nullptr : found->socket;
}

void UnixSocket::connect_pair(UnixSocket& one, UnixSocket& other) {
    auto there = make_ref<Pipe>(), back = make_ref<Pipe>();
    one.outgoing_ = other.incoming_ = RefPtr<Pipe>(there);
    one.incoming_ = other.outgoing_ = RefPtr<Pipe>(back);
    for (UnixSocket* end : {&one, &other}) {
        end->incoming_->add_reader();
        end->outgoing_->add_writer();
        end->reads_ = end->writes_ = true;
    }
    one.peer_ = other.owner_;
    other.peer_ = one.owner_;
    one.peer_name_ = other.name_;
    other.peer_name_ = one.name_;
    one.changed_.wake_all();
    other.changed_.wake_all();
}

Result<void> UnixSocket::bind(UnixName name) {
    if (!name_.unnamed()) return err(Errno::Einval);
    if (bound(name) != nullptr) return err(Errno::Eaddrinuse);
    name_ = name;
    bindings().push_back({std::move(name), this});
    return {};
}

Result<void> UnixSocket::listen(u32 backlog) {
    if (name_.unnamed() || connected()) return err(Errno::Einval);
    listening_ = true;
    backlog_ = std::clamp(backlog, u32{1}, kMaxBacklog);
    changed_.wake_all();
    return {};
}

Result<void> UnixSocket::connect(const UnixName& name) {
    if (listening_) return err(Errno::Einval);
    if (connected()) return err(Errno::Eisconn);
    for (;;) {
        UnixSocket* listener = bound(name);
        if (listener == nullptr || !listener->listening_) return err(Errno::Econnrefused);
        Ref<UnixSocket> keep(*listener);
        if (listener->waiting_.size() < listener->backlog_) {
            Ref<UnixSocket> served = make_unix_socket(0, listener->owner_);
            served->name_ = listener->name_;
            connect_pair(*this, *served);
            listener->waiting_.push_back(served);
            listener->changed_.wake_all();
            return {};
        }
        if (non_blocking()) return err(Errno::Eagain);
        auto has_room = [&] { return listener->closed_ || listener->waiting_.size() < listener->backlog_; };
        TRY(wait_until(listener->changed_, has_room));
    }
}

Result<Ref<UnixSocket>> UnixSocket::accept(u32 flags) {
    if (!listening_) return err(Errno::Einval);
    if (waiting_.empty()) {
        if (non_blocking()) return err(Errno::Eagain);
        TRY(wait_until(changed_, [&] { return !waiting_.empty() || closed_; }));
        if (waiting_.empty()) return err(Errno::Einval);
    }
    Ref<UnixSocket> served = waiting_.front();
    waiting_.pop_front();
    changed_.wake_all();
    served->set_status_flags(flags & kOpenNonBlock);
    return served;
}

void UnixSocket::stop_reading() {
    if (std::exchange(reads_, false)) incoming_->remove_reader();
}
void UnixSocket::stop_writing() {
    if (std::exchange(writes_, false)) outgoing_->remove_writer();
}

Result<void> UnixSocket::shutdown(bool reading, bool writing) {
    if (!connected()) return err(Errno::Enotconn);
    if (reading) stop_reading();
    if (writing) stop_writing();
    changed_.wake_all();
    return {};
}

void UnixSocket::closed() {
    if (std::exchange(closed_, true)) return;
    std::erase_if(bindings(), [&](const Binding& b) { return b.socket == this; });
    stop_reading();
    stop_writing();
    for (Ref<UnixSocket>& never_accepted : waiting_) never_accepted->closed();
    waiting_.clear();
    changed_.wake_all();
}

Result<size_t> UnixSocket::receive(const UserBuffer& to, bool non_blocking) {
    if (!connected()) return err(listening_ ? Errno::Einval : Errno::Enotconn);
    if (!reads_ && incoming_->used() == 0) return size_t{0};
    Ref<Pipe> pipe(*incoming_);
    return pipe->read(to, non_blocking);
}

Result<size_t> UnixSocket::send(const UserBuffer& from, bool non_blocking) {
    if (!connected()) return err(Errno::Enotconn);
    if (!writes_) return err(Errno::Epipe);
    Ref<Pipe> pipe(*outgoing_);
    return pipe->write(from, non_blocking);
}

Result<size_t> UnixSocket::peek(std::span<u8> out, bool non_blocking) {
    if (!connected()) return err(Errno::Enotconn);
    Ref<Pipe> pipe(*incoming_);
    TRY(pipe->wait_for_bytes(non_blocking));
    return pipe->peek(out);
}

Result<u64> UnixSocket::ioctl(u64 request, u64 argument) {
    if (request != kFionRead) return err(Errno::Enotty);
    size_t used = connected() ? incoming_->used() : 0;
    TRY(write_user(UserOut<i32>{{argument}}, static_cast<i32>(used)));
    return u64{0};
}

u32 UnixSocket::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(changed_);
    if (listening_) return waiting_.empty() ? 0 : kPollIn | kPollReadNormal;
    if (!connected()) return kPollOut | kPollWriteNormal | kPollHangUp;
    u32 in = incoming_->poll_read(table, true);
    u32 out = outgoing_->poll_write(table);
    u32 events = (in & (kPollIn | kPollReadNormal)) | (out & (kPollOut | kPollWriteNormal));
    bool no_more_in = (in & kPollHangUp) != 0 || !reads_;
    bool no_more_out = (out & kPollError) != 0 || !writes_;
    if (no_more_in) events |= kPollIn | kPollReadNormal | kPollReadHangUp;
    if (no_more_out) events |= kPollOut | kPollWriteNormal;
    if (no_more_in && no_more_out) events |= kPollHangUp;
    return events;
}

}  // namespace occlum::kernel
