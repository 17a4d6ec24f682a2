#include "kernel/fs/epoll.h"

#include <algorithm>

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/proc/text.h"

namespace occlum::kernel {
namespace {

// Sums up how often a file's queues were woken.
class WakeCount final : public PollTable {
public:
    void wait_on(WaitQueue& queue) override { sum_ += queue.wake_count(); }
    u64 sum() const { return sum_; }

private:
    u64 sum_ = 0;
};

constexpr u32 kControlBits = kEpollEdge | kEpollOneShot | kEpollWakeUp | kEpollExclusive;
constexpr u32 kAlways = kPollError | kPollHangUp;
/// All that may be said together with EPOLLEXCLUSIVE.
constexpr u32 kWithExclusive =
    kPollIn | kPollOut | kPollError | kPollHangUp | kEpollWakeUp | kEpollEdge | kEpollExclusive;

}  // namespace

EpollFile::~EpollFile() {
    for (auto& [file, fds] : watched_) file->unwatched_by(*this);
}

EpollFile::Item* EpollFile::find(int fd, OpenFile& file) {
    auto found = items_.find({fd, &file});
    return found == items_.end() ? nullptr : &*found->second;
}

// Whether `target` is this instance or watched by it, at any depth.
bool EpollFile::reaches(const EpollFile& target) const {
    if (this == &target) return true;
    for (const auto& [file, fds] : watched_) {
        EpollFile* inner = file->as_epoll();
        if (inner != nullptr && inner->reaches(target)) return true;
    }
    return false;
}

u32 EpollFile::depth_below() const {
    u32 depth = 0;
    for (const auto& [file, fds] : watched_)
        if (EpollFile* inner = file->as_epoll()) depth = std::max(depth, 1 + inner->depth_below());
    return depth;
}

u32 EpollFile::depth_above() const {
    u32 depth = 0;
    for (const EpollFile* outer : epolls()) depth = std::max(depth, 1 + outer->depth_above());
    return depth;
}

Result<void> EpollFile::add(int fd, OpenFile& file, const EpollEvent& event) {
    if (!file.can_be_waited_for()) return err(Errno::Eperm);
    EpollFile* inner = file.as_epoll();
    if (inner == this) return err(Errno::Einval);
    if ((event.events & kEpollExclusive) != 0 && (inner != nullptr || (event.events & ~kWithExclusive) != 0))
        return err(Errno::Einval);
    if (inner != nullptr) {
        if (inner->reaches(*this)) return err(Errno::Eloop);
        if (depth_above() + 1 + inner->depth_below() > kMaxNesting) return err(Errno::Eloop);
    }
    if (find(fd, file) != nullptr) return err(Errno::Eexist);
    if (items_.size() >= kMaxItems) return err(Errno::Enospc);
    const auto item = idle_.emplace(idle_.end(), *this, file, event);
    item->self = item;
    items_.emplace(Key{fd, &file}, item);
    watched_[&file].insert(fd);
    file.watched_by(*this);
    if (!file.readiness_is_told()) {
        asked_.push_back(&*item);
        changed_.wake_all();  // who waits now waits for this one, too
    }
    if (ready_events(*item, false) != 0) mark(*item);
    return {};
}

Result<void> EpollFile::modify(int fd, OpenFile& file, const EpollEvent& event) {
    Item* item = find(fd, file);
    if (item == nullptr) return err(Errno::Enoent);
    if (((event.events | item->wanted.events) & kEpollExclusive) != 0) return err(Errno::Einval);
    item->wanted = event;
    item->fresh = true;
    item->disabled = false;
    if (ready_events(*item, false) != 0) mark(*item);
    return {};
}

void EpollFile::erase(Items::iterator item) {
    std::erase(asked_, &*item);
    (item->queued ? ready_ : idle_).erase(item);
}

Result<void> EpollFile::remove(int fd, OpenFile& file) {
    const auto found = items_.find({fd, &file});
    if (found == items_.end()) return err(Errno::Enoent);
    erase(found->second);
    items_.erase(found);
    const auto watched = watched_.find(&file);
    watched->second.erase(fd);
    if (watched->second.empty()) {
        watched_.erase(watched);
        file.unwatched_by(*this);
    }
    return {};
}

void EpollFile::forget(OpenFile& file) {
    const auto watched = watched_.find(&file);
    if (watched == watched_.end()) return;
    for (const int fd : watched->second) {
        const auto found = items_.find({fd, &file});
        erase(found->second);
        items_.erase(found);
    }
    watched_.erase(watched);
}

void EpollFile::queue(Item& item) {
    if (!item.queued) ready_.splice(ready_.end(), idle_, item.self);
    item.queued = true;
}

void EpollFile::unqueue(Item& item) {
    if (item.queued) idle_.splice(idle_.end(), ready_, item.self);
    item.queued = false;
}

void EpollFile::mark(Item& item) {
    queue(item);
    changed_.wake_all();
}

void EpollFile::look_at_asked() {
    for (Item* item : asked_) queue(*item);
}

// Of an edge-triggered item that is asked: the events, if a queue was woken since the last report.
u32 EpollFile::asked_edge(Item& item, u32 wanted, bool report) {
    WakeCount wakes;
    const u32 ready = item.file->poll(&wakes) & wanted;
    if (ready == 0 || (!item.fresh && wakes.sum() == item.seen_wakes)) return 0;
    if (report) {
        item.fresh = false;
        item.seen_wakes = wakes.sum();
    }
    return ready;
}

// The wanted events that hold. With `report` an edge is used up and a one-shot item disabled.
u32 EpollFile::ready_events(Item& item, bool report) {
    if (item.disabled) return 0;
    const u32 wanted = (item.wanted.events & ~kControlBits) | kAlways;
    u32 ready = 0;
    if (item.file->readiness_is_told())
        ready = item.queues.poll(*item.file, item) & wanted;
    else if ((item.wanted.events & kEpollEdge) != 0)
        ready = asked_edge(item, wanted, report);
    else
        ready = item.file->poll(nullptr) & wanted;
    if (report && ready != 0 && (item.wanted.events & kEpollOneShot) != 0) item.disabled = true;
    return ready;
}

std::vector<EpollEvent> EpollFile::collect(size_t most) {
    look_at_asked();
    std::vector<EpollEvent> found;
    for (size_t left = ready_.size(); left != 0 && found.size() < most; --left) {
        Item& item = ready_.front();
        unqueue(item);
        const u32 events = ready_events(item, true);
        if (events == 0) continue;
        found.push_back({events, item.wanted.data});
        if ((item.wanted.events & (kEpollEdge | kEpollOneShot)) == 0) queue(item);
    }
    return found;
}

Result<std::vector<EpollEvent>> EpollFile::wait(size_t most, std::optional<u64> deadline_ns) {
    for (;;) {
        std::vector<EpollEvent> found = collect(most);
        if (!found.empty() || deadline_ns == u64{0}) return found;
        PollWaiter waiter;
        waiter.wait_on(changed_);
        for (Item* item : asked_)
            if (!item->disabled) static_cast<void>(item->file->poll(&waiter));
        if (Result<void> slept = block(deadline_ns); !slept) {
            if (slept.error() == Errno::Etimedout) return collect(most);
            return err(slept.error());
        }
    }
}

u32 EpollFile::poll(PollTable* table) {
    if (table != nullptr) {
        table->wait_on(changed_);
        for (Item* item : asked_) static_cast<void>(item->file->poll(table));
    }
    look_at_asked();
    for (size_t left = ready_.size(); left != 0; --left) {
        Item& item = ready_.front();
        if (ready_events(item, false) != 0) return kPollIn | kPollReadNormal;
        unqueue(item);
    }
    return 0;
}

std::string EpollFile::status_lines() const {
    std::string text;
    for (const auto& [key, item] : items_) {
        const auto file = key.second->attributes();
        text += "tfd: " + padded(static_cast<u64>(key.first), 8) + " events: " +
                right_aligned(short_hexadecimal(item->wanted.events | kPollError | kPollHangUp), 8) +
                " data: " + right_aligned(short_hexadecimal(item->wanted.data), 16) +
                "  pos:" + std::to_string(key.second->position()) +
                " ino:" + short_hexadecimal(file ? file->inode : 0) +
                " sdev:" + short_hexadecimal(file ? file->device : 0) + "\n";
    }
    return text;
}

Ref<OpenFile> make_epoll() {
    Ref<OpenFile> file = make_ref<EpollFile>();
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[eventpoll]", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel
