// epoll(7).
//
//   EpollFile ──owns──> Item (descriptor, events) ─ ─> OpenFile       watched, not owned:
//   OpenFile  ─ ─> EpollFile                                          the file tells when its last descriptor
//   goes
//
// An item stays on the wait queues of its file. A wake-up puts it on the ready list, and only those there are
// looked at: what turns out not to be ready leaves it; what is reported leaves it when it is edge-triggered,
// and goes to its end otherwise. Files whose readiness nobody tells (readiness_is_told()) are asked each
// time.
#pragma once

#include <list>
#include <map>
#include <set>

#include "kernel/fs/open_file.h"
#include "kernel/fs/poll_wait.h"

namespace occlum::kernel {

// epoll_ctl(2).
inline constexpr u32 kEpollExclusive = u32{1} << 28;
inline constexpr u32 kEpollWakeUp = u32{1} << 29;
inline constexpr u32 kEpollOneShot = u32{1} << 30;
inline constexpr u32 kEpollEdge = u32{1} << 31;

struct EpollEvent {
    u32 events;
    u64 data;
};

class EpollFile final : public OpenFile {
public:
    EpollFile() : OpenFile(kOpenReadWrite) {}
    ~EpollFile() override;

    Result<void> add(int fd, OpenFile& file, const EpollEvent& event);
    Result<void> modify(int fd, OpenFile& file, const EpollEvent& event);
    Result<void> remove(int fd, OpenFile& file);
    /// Up to `most` ready items; empty at the deadline. ERESTARTSYS.
    Result<std::vector<EpollEvent>> wait(size_t most, std::optional<u64> deadline_ns);
    /// The file's last descriptor is gone.
    void forget(OpenFile& file);

    u32 poll(PollTable* table) override;
    std::string status_lines() const override;
    EpollFile* as_epoll() override { return this; }

private:
    class Item;
    using Items = std::list<Item>;
    class Item final : public WaitObserver {
    public:
        Item(EpollFile& epoll, OpenFile& its_file, const EpollEvent& event)
            : file(&its_file), wanted(event), epoll_(epoll) {}
        void queue_woken() override {
            if (!disabled) epoll_.mark(*this);
        }
        OpenFile* file;
        EpollEvent wanted;
        Items::iterator self = {};
        QueueObservation queues = {};
        u64 seen_wakes = 0;     // of one that is asked
        bool fresh = true;      // not looked at since it was set
        bool disabled = false;  // a one-shot item that was reported
        bool queued = false;    // on the ready list

    private:
        EpollFile& epoll_;
    };
    using Key = std::pair<int, OpenFile*>;
    static constexpr size_t kMaxItems = 1 << 16;
    static constexpr u32 kMaxNesting = 4;

    void mark(Item& item);
    void queue(Item& item);
    void unqueue(Item& item);
    void look_at_asked();
    void erase(Items::iterator item);
    u32 ready_events(Item& item, bool report);
    u32 asked_edge(Item& item, u32 wanted, bool report);
    std::vector<EpollEvent> collect(size_t most);
    bool reaches(const EpollFile& target) const;
    u32 depth_below() const;
    u32 depth_above() const;
    Item* find(int fd, OpenFile& file);

    Items idle_, ready_;
    std::map<Key, Items::iterator> items_;
    std::map<OpenFile*, std::set<int>> watched_;  // by which descriptors: of the keys of items_
    std::vector<Item*> asked_;
    WaitQueue changed_;
};

Ref<OpenFile> make_epoll();

}  // namespace occlum::kernel
