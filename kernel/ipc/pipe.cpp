#include "kernel/ipc/pipe.h"

#include <algorithm>
#include <bit>

#include "kernel/fs/memory/budget.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/time.h"

namespace occlum::kernel {
namespace {

constexpr u64 kFionRead = 0x541b;

// All rings together.
MemoryBudget& ring_budget() {
    static MemoryBudget budget(u64{256} << 20);
    return budget;
}

// An anonymous pipe as a file: what fstat(2) and /proc/<pid>/fd see.
class PipeInode final : public Inode {
public:
    PipeInode(Ref<Pipe> pipe, const Credentials& owner)
        : Inode(kTypeFifo),
          pipe_(std::move(pipe)),
          number_(next_number()),
          owner_(owner),
          made_(file_time_now()) {}

    Result<Attributes> attributes() override {
        return Attributes{.device = device(),
                          .inode = number_,
                          .mode = kTypeFifo | mode_,
                          .links = 1,
                          .uid = owner_.fsuid,
                          .gid = owner_.fsgid,
                          .accessed = made_,
                          .modified = made_,
                          .changed = made_};
    }
    Result<void> change(const AttributeChange& change) override {
        if (change.size) return err(Errno::Einval);
        if (change.mode) mode_ = *change.mode & 0777;
        if (change.uid) owner_.fsuid = *change.uid;
        if (change.gid) owner_.fsgid = *change.gid;
        return {};
    }
    // By way of /proc/<pid>/fd: another end, without waiting for the other side.
    Result<Ref<OpenFile>> open(u32 flags) override {
        return Ref<OpenFile>(make_ref<PipeEnd>(flags, pipe_, RefPtr<Inode>(this)));
    }
    u64 number() const { return number_; }

private:
    static u64 next_number() {
        static u64 last = 0;
        return ++last;
    }
    static u64 device() {
        static const u64 number = next_device_number();
        return number;
    }

    Ref<Pipe> pipe_;
    u64 number_;
    u32 mode_ = 0600;
    Credentials owner_;
    TimeSpec made_;
};

}  // namespace

Pipe::~Pipe() { ring_budget().release(ring_.size()); }

Result<void> Pipe::resize_ring(size_t size) {
    if (size > ring_.size())
        TRY(ring_budget().charge(size - ring_.size()));
    else
        ring_budget().release(ring_.size() - size);
    std::vector<u8> larger(size);
    size_t first = std::min(used_, ring_.size() - head_);
    std::span<const u8> old(ring_);
    std::ranges::copy(old.subspan(head_, first), larger.begin());
    std::ranges::copy(old.first(used_ - first), std::span(larger).subspan(first).begin());
    ring_ = std::move(larger);
    head_ = 0;
    return {};
}

// Grows the ring so that `more` bytes fit, or as many as the capacity allows.
Result<void> Pipe::make_room(size_t more) {
    size_t wanted = std::min(used_ + more, capacity_);
    if (wanted <= ring_.size()) return {};
    size_t size = std::min(std::max(std::bit_ceil(wanted), kAtomic), capacity_);
    Result<void> grown = resize_ring(size);
    // Without memory a smaller ring does, if there is one.
    if (!grown && ring_.empty()) return err(Errno::Enomem);
    return {};
}

Result<void> Pipe::put(size_t offset, size_t size, const UserBuffer& from) {
    size_t tail = (head_ + used_) % ring_.size();
    size_t first = std::min(size, ring_.size() - tail);
    TRY(from.copy_from(offset, std::span(ring_).subspan(tail, first)));
    if (size > first) TRY(from.copy_from(offset + first, std::span(ring_).first(size - first)));
    used_ += size;
    return {};
}

Result<void> Pipe::take(size_t size, const UserBuffer& to) {
    size_t first = std::min(size, ring_.size() - head_);
    TRY(to.copy_to(0, std::span<const u8>(ring_).subspan(head_, first)));
    if (size > first) TRY(to.copy_to(first, std::span<const u8>(ring_).first(size - first)));
    used_ -= size;
    head_ = used_ == 0 ? 0 : (head_ + size) % ring_.size();
    return {};
}

Result<void> Pipe::put_back(std::span<const u8> bytes) {
    if (bytes.empty()) return {};
    const size_t all = used_ + bytes.size();
    if (all > ring_.size()) TRY(resize_ring(std::bit_ceil(std::max(all, kAtomic))));
    head_ = (head_ + ring_.size() - bytes.size()) % ring_.size();
    const size_t first = std::min(bytes.size(), ring_.size() - head_);
    std::ranges::copy(bytes.first(first), std::span(ring_).subspan(head_).begin());
    std::ranges::copy(bytes.subspan(first), ring_.begin());
    used_ = all;
    readable_.wake_all();
    return {};
}

Result<void> Pipe::wait_for_bytes(bool non_blocking) {
    if (used_ != 0 || writers_ == 0) return {};
    if (non_blocking) return err(Errno::Eagain);
    return wait_until(readable_, [&] { return used_ != 0 || writers_ == 0; });
}

Result<void> Pipe::wait_for_room(bool non_blocking) {
    if (free_space() != 0 || readers_ == 0) return {};
    if (non_blocking) return err(Errno::Eagain);
    return wait_for_space(1);
}

Result<size_t> Pipe::read(const UserBuffer& to, bool non_blocking) {
    if (to.size() == 0) return size_t{0};
    TRY(wait_for_bytes(non_blocking));
    if (used_ == 0) return size_t{0};
    size_t size = std::min(used_, to.size());
    TRY(take(size, to));
    writable_.wake_all();
    return size;
}

Result<void> Pipe::wait_for_space(size_t needed) {
    return wait_until(writable_, [&] { return free_space() >= needed || readers_ == 0; });
}

Result<size_t> Pipe::write(const UserBuffer& from, bool non_blocking) {
    size_t done = 0;
    auto outcome = [&](Errno failure) -> Result<size_t> {
        if (done != 0) return done;
        return err(failure);
    };
    if (readers_ == 0) return err(Errno::Epipe);
    // Up to PIPE_BUF bytes go in one piece or not at all.
    size_t needed = from.size() <= kAtomic ? from.size() : 1;
    while (done < from.size()) {
        if (free_space() < needed) {
            if (non_blocking) return outcome(Errno::Eagain);
            if (Result<void> waited = wait_for_space(needed); !waited) return outcome(waited.error());
        }
        if (readers_ == 0) return outcome(Errno::Epipe);
        if (Result<void> room = make_room(from.size() - done); !room) return outcome(room.error());
        size_t size = std::min({from.size() - done, free_space(), ring_.size() - used_});
        // Only when there is no memory for the whole capacity.
        if (size < std::min(needed, from.size() - done)) return outcome(Errno::Enomem);
        if (Result<void> copied = put(done, size, from); !copied) return outcome(copied.error());
        done += size;
        readable_.wake_all();
    }
    return done;
}

Result<size_t> Pipe::peek(std::span<u8> out) const {
    size_t size = std::min(used_, out.size());
    size_t first = std::min(size, ring_.size() - head_);
    std::ranges::copy(std::span(ring_).subspan(head_, first), out.begin());
    std::ranges::copy(std::span(ring_).first(size - first), out.subspan(first).begin());
    return size;
}

u32 Pipe::poll_read(PollTable* table, bool had_writer) {
    if (table != nullptr) table->wait_on(readable_);
    u32 events = used_ != 0 ? kPollIn | kPollReadNormal : 0;
    if (writers_ == 0 && had_writer) events |= kPollHangUp;
    return events;
}

u32 Pipe::poll_write(PollTable* table) {
    if (table != nullptr) table->wait_on(writable_);
    u32 events = free_space() >= kAtomic ? kPollOut | kPollWriteNormal : 0;
    if (readers_ == 0) events |= kPollError;
    return events;
}

Result<size_t> Pipe::set_capacity(u64 wanted) {
    if (wanted > u64{1} << 31) return err(Errno::Einval);
    if (wanted > kMostCapacity) return err(Errno::Eperm);
    size_t capacity = std::bit_ceil(std::max<size_t>(wanted, kPageSize));
    if (capacity < used_) return err(Errno::Ebusy);
    if (capacity < ring_.size()) TRY(resize_ring(capacity));
    capacity_ = capacity;
    writable_.wake_all();
    return capacity;
}

void Pipe::add_reader() {
    ++readers_;
    ++readers_ever_;
    opened_.wake_all();
}

void Pipe::add_writer() {
    ++writers_;
    ++writers_ever_;
    opened_.wake_all();
}

void Pipe::remove_reader() {
    if (--readers_ == 0) writable_.wake_all();
    if (readers_ + writers_ == 0) head_ = used_ = 0;
}

void Pipe::remove_writer() {
    if (--writers_ == 0) readable_.wake_all();
    if (readers_ + writers_ == 0) head_ = used_ = 0;
}

Result<void> Pipe::wait_for_reader() {
    u64 before = readers_ever_;
    return wait_until(opened_, [&] { return readers_ != 0 || readers_ever_ != before; });
}

Result<void> Pipe::wait_for_writer() {
    u64 before = writers_ever_;
    return wait_until(opened_, [&] { return writers_ != 0 || writers_ever_ != before; });
}

PipeEnd::PipeEnd(u32 flags, Ref<Pipe> pipe, RefPtr<Inode> inode)
    : OpenFile(flags),
      pipe_(std::move(pipe)),
      inode_(std::move(inode)),
      // A FIFO opened before its first writer does not hang up.
      writers_before_(pipe_->has_writer() ? ~u64{0} : pipe_->writers_ever()) {
    if (readable()) pipe_->add_reader();
    if (writable()) pipe_->add_writer();
}

PipeEnd::~PipeEnd() { closed(); }

void PipeEnd::closed() {
    if (std::exchange(closed_, true)) return;
    if (readable()) pipe_->remove_reader();
    if (writable()) pipe_->remove_writer();
}

Result<u64> PipeEnd::ioctl(u64 request, u64 argument) {
    if (request != kFionRead) return err(Errno::Enotty);
    TRY(write_user(UserOut<i32>{{argument}}, static_cast<i32>(pipe_->used())));
    return u64{0};
}

u32 PipeEnd::poll(PollTable* table) {
    u32 events = 0;
    if (readable()) events |= pipe_->poll_read(table, pipe_->writers_ever() != writers_before_);
    if (writable()) events |= pipe_->poll_write(table);
    return events;
}

Result<PipePair> make_pipe(u32 flags, const Credentials& owner) {
    auto pipe = make_ref<Pipe>();
    auto inode = make_ref<PipeInode>(pipe, owner);
    Ref<Dentry> name = anonymous_dentry("pipe:[" + std::to_string(inode->number()) + "]", inode);
    u32 status = flags & kOpenNonBlock;
    PipePair pair{make_ref<PipeEnd>(kOpenReadOnly | status, pipe, RefPtr<Inode>(inode)),
                  make_ref<PipeEnd>(kOpenWriteOnly | status, pipe, RefPtr<Inode>(inode))};
    pair.read_end->dentry = RefPtr<Dentry>(name);
    pair.write_end->dentry = RefPtr<Dentry>(name);
    return pair;
}

}  // namespace occlum::kernel
