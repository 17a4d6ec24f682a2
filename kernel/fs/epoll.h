// epoll(7).
//
//   EpollFile ──owns──> Item (descriptor, events) ─ ─> OpenFile       watched, not owned:
//   OpenFile  ─ ─> EpollFile                                          the file tells when its last descriptor
//   goes
//
// Readiness is asked of the files when somebody waits; edge-triggered items compare the wake-ups of a file's
// queues with those at the last report.
#pragma once

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
    EpollFile* as_epoll() override { return this; }

private:
    struct Item {
        OpenFile* file;
        EpollEvent wanted;
        u64 seen_wakes = 0;
        bool fresh = true;  // not looked at since it was set
        bool disabled = false;
    };
    using Key = std::pair<int, OpenFile*>;
    static constexpr size_t kMaxItems = 1 << 16;
    static constexpr u32 kMaxNesting = 5;

    u32 ready_events(Item& item, bool report);
    std::vector<EpollEvent> collect(size_t most);
    bool reaches(const EpollFile& target, u32 depth) const;
    Item* find(int fd, OpenFile& file);

    std::map<Key, Item> items_;
    std::map<OpenFile*, std::set<int>> watched_;  // by which descriptors: of the keys of items_
    Key next_{};  // where the next report starts, so that all items get their turn
    u64 generation_ = 0;
    WaitQueue changed_;
};

Ref<OpenFile> make_epoll();

}  // namespace occlum::kernel
