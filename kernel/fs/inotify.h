// inotify(7). A watch keeps its inode alive; who changes files says so by notify…(), which costs a look at an
// empty table when nobody watches.
#pragma once

#include <deque>
#include <map>

#include "kernel/fs/open_file.h"
#include "kernel/fs/proc/settings.h"

namespace occlum::kernel {

inline constexpr u32 kNotifyAccess = 1, kNotifyModify = 2, kNotifyAttributes = 4, kNotifyCloseWrite = 8,
                     kNotifyCloseNoWrite = 0x10, kNotifyOpen = 0x20, kNotifyMovedFrom = 0x40,
                     kNotifyMovedTo = 0x80, kNotifyCreate = 0x100, kNotifyDelete = 0x200,
                     kNotifyDeleteSelf = 0x400, kNotifyMoveSelf = 0x800, kNotifyOverflow = 0x4000,
                     kNotifyIgnored = 0x8000, kNotifyOnlyDirectory = 0x100'0000,
                     kNotifyDontFollow = 0x200'0000, kNotifyExcludeUnlinked = 0x400'0000,
                     kNotifyOnlyNew = 0x1000'0000, kNotifyAddToMask = 0x2000'0000,
                     kNotifyIsDirectory = 0x4000'0000, kNotifyOneShot = 0x8000'0000;
/// Events that a watch can ask for.
inline constexpr u32 kNotifyWatchable = 0xfff;
/// All that a mask may hold.
inline constexpr u32 kNotifyKnown = 0xf700'efff;

class Inotify final : public OpenFile {
public:
    Inotify(u32 flags, u32 user);
    ~Inotify() override;

    Result<int> watch(Inode& inode, u32 mask);  ///< ENOSPC, EEXIST
    Result<void> forget(int watch);             ///< EINVAL
    Result<size_t> read(const UserBuffer& to) override;
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override;
    void closed() override;
    std::string status_lines() const override;
    Inotify* as_inotify() override { return this; }

    /// For the notify functions.
    struct Happening {
        u32 event = 0;
        std::string_view name = {};
        u32 cookie = 0;
        bool of_unlinked = false;  ///< what is done to a file under a name that is gone
    };
    void happened(Inode& inode, const Happening& what);

private:
    struct Watch {
        Ref<Inode> inode;
        u32 mask;
    };
    struct Event {
        int watch;
        u32 mask, cookie;
        std::string name;
        bool operator==(const Event&) const = default;
        size_t size() const;
    };
    void queue(Event event);
    void remove(int watch);

    std::map<int, Watch> watches_;
    std::map<const Inode*, int> by_inode_;
    std::deque<Event> events_;
    int last_ = 0;
    const size_t most_events_ = setting(Setting::NotifyEvents);
    const u32 user_;
    WaitQueue changed_;
};

/// `flags`: IN_NONBLOCK. EMFILE: the user has as many as may be.
Result<Ref<OpenFile>> make_inotify(u32 flags);

/// A file was touched: for those who watch it, and those who watch its directory.
void notify(Dentry& dentry, u32 event);
void notify_inode(Inode& inode, u32 event);
/// A name came or went.
void notify_entry(Inode& directory, std::string_view name, u32 event, bool is_directory, u32 cookie = 0);
/// After a name of the inode was removed. The caller holds the name's dentry.
void notify_unlinked(Inode& directory, std::string_view name, Dentry& removed);
/// A removed name of a nameless inode has been let go by the last who used it.
void notify_forgotten(Inode& inode);
/// After a rename; `replaced` lost its name by it.
void notify_renamed(Inode& from, std::string_view old_name, Inode& to, std::string_view new_name,
                    Inode& moved, Dentry* replaced);

}  // namespace occlum::kernel
