#include "kernel/fs/epoll.h"

#include "kernel/fs/anonymous_inode.h"

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

}  // namespace

EpollFile::~EpollFile() {
    for (auto& [file, fds] : watched_) file->unwatched_by(*this);
}

EpollFile::Item* EpollFile::find(int fd, OpenFile& file) {
    auto found = items_.find({fd, &file});
    return found == items_.end() ? nullptr : &found->second;
}

// Whether `target` is this instance or watched by it, at any depth.
bool EpollFile::reaches(const EpollFile& target, u32 depth) const {
    if (this == &target || depth >= kMaxNesting) return true;
    for (const auto& [key, item] : items_) {
        EpollFile* inner = item.file->as_epoll();
        if (inner != nullptr && inner->reaches(target, depth + 1)) return true;
    }
    return false;
}

Result<void> EpollFile::add(int fd, OpenFile& file, const EpollEvent& event) {
    // Files that are always ready cannot be watched.
    if (RefPtr<Inode> inode = file.inode(); inode && (inode->is_regular() || inode->is_directory()))
        return err(Errno::Eperm);
    if (EpollFile* inner = file.as_epoll()) {
        if (inner == this) return err(Errno::Einval);
        if (inner->reaches(*this, 1)) return err(Errno::Eloop);
    }
    if (find(fd, file) != nullptr) return err(Errno::Eexist);
    if (items_.size() >= kMaxItems) return err(Errno::Enospc);
    items_.emplace(Key{fd, &file}, Item{.file = &file, .wanted = event});
    watched_[&file].insert(fd);
    file.watched_by(*this);
    ++generation_;
    changed_.wake_all();
    return {};
}

Result<void> EpollFile::modify(int fd, OpenFile& file, const EpollEvent& event) {
    Item* item = find(fd, file);
    if (item == nullptr) return err(Errno::Enoent);
    if ((event.events & kEpollExclusive) != 0) return err(Errno::Einval);
    item->wanted = event;
    item->fresh = true;
    item->disabled = false;
    ++generation_;
    changed_.wake_all();
    return {};
}

Result<void> EpollFile::remove(int fd, OpenFile& file) {
    if (items_.erase({fd, &file}) == 0) return err(Errno::Enoent);
    const auto watched = watched_.find(&file);
    watched->second.erase(fd);
    if (watched->second.empty()) {
        watched_.erase(watched);
        file.unwatched_by(*this);
    }
    ++generation_;
    return {};
}

void EpollFile::forget(OpenFile& file) {
    if (const auto watched = watched_.find(&file); watched != watched_.end()) {
        for (const int fd : watched->second) items_.erase({fd, &file});
        watched_.erase(watched);
    }
    ++generation_;
}

// The wanted events that hold. With `report` an edge is used up and a one-shot item disabled.
u32 EpollFile::ready_events(Item& item, bool report) {
    if (item.disabled) return 0;
    u32 wanted = (item.wanted.events & ~kControlBits) | kAlways;
    if ((item.wanted.events & kEpollEdge) == 0) {
        u32 ready = item.file->poll(nullptr) & wanted;
        if (report && ready != 0 && (item.wanted.events & kEpollOneShot) != 0) item.disabled = true;
        return ready;
    }
    WakeCount wakes;
    u32 ready = item.file->poll(&wakes) & wanted;
    if (ready == 0 || (!item.fresh && wakes.sum() == item.seen_wakes)) return 0;
    if (report) {
        item.fresh = false;
        item.seen_wakes = wakes.sum();
        if ((item.wanted.events & kEpollOneShot) != 0) item.disabled = true;
    }
    return ready;
}

std::vector<EpollEvent> EpollFile::collect(size_t most) {
    std::vector<EpollEvent> ready;
    auto at = items_.lower_bound(next_);
    for (size_t looked = 0; looked < items_.size() && ready.size() < most; ++looked) {
        if (at == items_.end()) at = items_.begin();
        if (u32 events = ready_events(at->second, true)) ready.push_back({events, at->second.wanted.data});
        ++at;
    }
    next_ = at == items_.end() ? Key{} : at->first;
    return ready;
}

Result<std::vector<EpollEvent>> EpollFile::wait(size_t most, std::optional<u64> deadline_ns) {
    std::vector<EpollEvent> ready = collect(most);
    if (!ready.empty() || deadline_ns == u64{0}) return ready;
    for (;;) {
        PollWaiter waiter;
        waiter.wait_on(changed_);
        for (auto& [key, item] : items_)
            if (!item.disabled) static_cast<void>(item.file->poll(&waiter));
        for (u64 generation = generation_; generation == generation_;) {
            ready = collect(most);
            if (!ready.empty()) return ready;
            Result<void> slept = block(deadline_ns);
            if (slept) continue;
            if (slept.error() == Errno::Etimedout) return collect(most);
            return err(slept.error());
        }
    }
}

u32 EpollFile::poll(PollTable* table) {
    u32 events = 0;
    if (table != nullptr) table->wait_on(changed_);
    for (auto& [key, item] : items_) {
        if (table != nullptr) static_cast<void>(item.file->poll(table));
        if (events == 0 && ready_events(item, false) != 0) events = kPollIn | kPollReadNormal;
    }
    return events;
}

Ref<OpenFile> make_epoll() {
    Ref<OpenFile> file = make_ref<EpollFile>();
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[eventpoll]", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel
