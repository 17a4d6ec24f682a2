#include "kernel/fs/inotify.h"

#include <algorithm>

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/directory_notice.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/fs/proc/text.h"
#include "kernel/task/current.h"
#include "kernel/task/process.h"

namespace occlum::kernel {
namespace {

// struct inotify_event without its name.
struct EventHeader {
    i32 watch;
    u32 mask, cookie, name_size;
};

// Who watches an inode.
std::map<const Inode*, std::vector<Inotify*>>& watchers() {
    [[clang::no_destroy]] static std::map<const Inode*, std::vector<Inotify*>> all;
    return all;
}

// How many of them each user has.
std::map<u32, u64>& instances() {
    [[clang::no_destroy]] static std::map<u32, u64> all;
    return all;
}

bool somebody_watches() { return !watchers().empty() || directories_are_noticed(); }

// DN_* of what happened to an entry.
u32 notice_of(u32 event) {
    u32 notice = 0;
    if ((event & kNotifyAccess) != 0) notice |= kNoticeAccess;
    if ((event & kNotifyModify) != 0) notice |= kNoticeModify;
    if ((event & (kNotifyCreate | kNotifyMovedTo)) != 0) notice |= kNoticeCreate;
    if ((event & (kNotifyDelete | kNotifyMovedFrom)) != 0) notice |= kNoticeDelete;
    if ((event & kNotifyAttributes) != 0) notice |= kNoticeAttributes;
    return notice;
}

void tell(Inode& inode, const Inotify::Happening& what) {
    if (directories_are_noticed() && !what.name.empty()) notice_directory(inode, notice_of(what.event));
    auto found = watchers().find(&inode);
    if (found == watchers().end()) return;
    // A one-shot watch goes while it is told.
    std::vector<Ref<Inotify>> told;
    for (Inotify* each : found->second) told.emplace_back(*each);
    const Ref<Inode> keep(inode);
    for (const Ref<Inotify>& each : told) each->happened(inode, what);
}

u32 directory_bit(bool is_directory) { return is_directory ? kNotifyIsDirectory : 0; }

void mark_nameless(Inode& inode) {
    if (!inode.is_directory()) {
        const Result<Attributes> left = inode.attributes();
        if (left && left->links != 0) return;
    }
    inode.nameless = true;
}

}  // namespace

void notify_inode(Inode& inode, u32 event) {
    if (somebody_watches()) tell(inode, {.event = event | directory_bit(inode.is_directory())});
}

void notify(Dentry& dentry, u32 event) {
    if (!somebody_watches() || dentry.is_negative()) return;
    RefPtr<Dentry> parent = dentry.parent();
    u32 full = event | directory_bit(dentry.inode().is_directory());
    const bool unlinked = dentry.is_unlinked();
    if (parent) tell(parent->inode(), {.event = full, .name = dentry.name(), .of_unlinked = unlinked});
    tell(dentry.inode(), {.event = full, .of_unlinked = unlinked});
}

void notify_entry(Inode& directory, std::string_view name, u32 event, bool is_directory, u32 cookie) {
    if (somebody_watches())
        tell(directory, {.event = event | directory_bit(is_directory), .name = name, .cookie = cookie});
}

void notify_unlinked(Inode& directory, std::string_view name, Dentry& removed) {
    if (!somebody_watches()) return;
    Inode& inode = removed.inode();
    bool is_directory = inode.is_directory();
    if (!is_directory) notify_inode(inode, kNotifyAttributes);
    mark_nameless(inode);
    // An alias of a bind mount holds what it stands for.
    const bool in_use =
        removed.is_tree_in_use(1) || (&removed.real() != &removed && removed.real().is_tree_in_use(1));
    if (!in_use) notify_forgotten(inode);
    notify_entry(directory, name, kNotifyDelete, is_directory);
}

void notify_forgotten(Inode& inode) {
    if (somebody_watches() && inode.nameless) tell(inode, {.event = kNotifyDeleteSelf});
}

void notify_renamed(Inode& from, std::string_view old_name, Inode& to, std::string_view new_name,
                    Inode& moved, Dentry* replaced) {
    if (!somebody_watches()) return;
    static u32 last_cookie = 0;
    u32 cookie = ++last_cookie;
    notify_entry(from, old_name, kNotifyMovedFrom, moved.is_directory(), cookie);
    notify_entry(to, new_name, kNotifyMovedTo, moved.is_directory(), cookie);
    if (directories_are_noticed()) notice_directory(from, kNoticeRename);
    if (replaced != nullptr) {
        notify_inode(replaced->inode(), kNotifyAttributes);
        mark_nameless(replaced->inode());
    }
    tell(moved, {.event = kNotifyMoveSelf});
}

Inotify::Inotify(u32 flags, u32 user) : OpenFile(flags), user_(user) { ++instances()[user]; }

Inotify::~Inotify() {
    closed();
    if (--instances()[user_] == 0) instances().erase(user_);
}

size_t Inotify::Event::size() const {
    constexpr size_t kAlign = sizeof(EventHeader);
    size_t room = name.empty() ? 0 : (name.size() + kAlign) / kAlign * kAlign;
    return sizeof(EventHeader) + room;
}

Result<int> Inotify::watch(Inode& inode, u32 mask) {
    u32 kept = mask & (kNotifyWatchable | kNotifyOneShot | kNotifyExcludeUnlinked);
    if (auto known = by_inode_.find(&inode); known != by_inode_.end()) {
        if ((mask & kNotifyOnlyNew) != 0) return err(Errno::Eexist);
        u32& now = watches_.find(known->second)->second.mask;
        now = (mask & kNotifyAddToMask) != 0 ? now | kept : kept;
        return known->second;
    }
    if (watches_.size() >= setting(Setting::NotifyWatches)) return err(Errno::Enospc);
    int number = ++last_;
    watches_.emplace(number, Watch{Ref<Inode>(inode), kept});
    by_inode_.emplace(&inode, number);
    watchers()[&inode].push_back(this);
    return number;
}

void Inotify::remove(int number) {
    auto found = watches_.find(number);
    const Inode* inode = found->second.inode.get();
    by_inode_.erase(inode);
    auto all = watchers().find(inode);
    if (all != watchers().end()) {
        std::erase(all->second, this);
        if (all->second.empty()) watchers().erase(all);
    }
    watches_.erase(found);
}

Result<void> Inotify::forget(int number) {
    if (!watches_.contains(number)) return err(Errno::Einval);
    remove(number);
    queue({number, kNotifyIgnored, 0, {}});
    return {};
}

void Inotify::queue(Event event) {
    // Two that cannot be told apart are one.
    if (!events_.empty() && events_.back() == event) return;
    if (events_.size() > most_events_) return;
    if (events_.size() == most_events_) event = {-1, kNotifyOverflow, 0, {}};
    events_.push_back(std::move(event));
    changed_.wake_all();
}

void Inotify::happened(Inode& inode, const Happening& what) {
    auto known = by_inode_.find(&inode);
    if (known == by_inode_.end()) return;
    int number = known->second;
    u32 mask = watches_.find(number)->second.mask;
    const u32 event = what.event;
    const bool excluded = what.of_unlinked && (mask & kNotifyExcludeUnlinked) != 0;
    if ((event & mask & kNotifyWatchable) != 0 && !excluded) {
        // What happens to the watched directory itself is told without a name.
        queue({number, event, what.cookie, std::string(what.name)});
        if ((mask & kNotifyOneShot) != 0) {
            static_cast<void>(forget(number));
            return;
        }
    }
    if ((event & kNotifyDeleteSelf) != 0) static_cast<void>(forget(number));
}

Result<size_t> Inotify::read(const UserBuffer& to) {
    if (events_.empty()) {
        if (non_blocking()) return err(Errno::Eagain);
        TRY(wait_until(changed_, [&] { return !events_.empty(); }));
    }
    if (to.size() < events_.front().size()) return err(Errno::Einval);
    size_t done = 0;
    while (!events_.empty() && to.size() - done >= events_.front().size()) {
        const Event event = events_.front();
        events_.pop_front();
        EventHeader header{event.watch, event.mask, event.cookie,
                           static_cast<u32>(event.size() - sizeof(EventHeader))};
        std::vector<u8> bytes(event.size());
        std::ranges::copy(std::bit_cast<std::array<u8, sizeof header>>(header), bytes.begin());
        std::ranges::copy(event.name, std::span(bytes).subspan(sizeof header).begin());
        TRY(to.copy_to(done, bytes));
        done += bytes.size();
    }
    return done;
}

Result<u64> Inotify::ioctl(u64 request, u64 argument) {
    constexpr u64 kFionRead = 0x541b;
    if (request != kFionRead) return err(Errno::Enotty);
    size_t size = 0;
    for (const Event& event : events_) size += event.size();
    TRY(write_user(UserOut<i32>{{argument}}, static_cast<i32>(size)));
    return u64{0};
}

u32 Inotify::poll(PollTable* table) {
    if (table != nullptr) table->wait_on(changed_);
    return events_.empty() ? 0 : kPollIn | kPollReadNormal;
}

void Inotify::closed() {
    while (!watches_.empty()) remove(watches_.begin()->first);
}

std::string Inotify::status_lines() const {
    std::string text;
    for (const auto& [number, watch] : watches_) {
        const auto file = watch.inode->attributes();
        text += "inotify wd:" + short_hexadecimal(static_cast<u32>(number)) +
                " ino:" + short_hexadecimal(file ? file->inode : 0) +
                " sdev:" + short_hexadecimal(file ? file->device : 0) +
                " mask:" + short_hexadecimal(watch.mask) + " ignored_mask:0\n";
    }
    return text;
}

Result<Ref<OpenFile>> make_inotify(u32 flags) {
    const u32 user = current_credentials().uid;
    if (instances()[user] >= setting(Setting::NotifyInstances)) return err(Errno::Emfile);
    Ref<OpenFile> file = make_ref<Inotify>(kOpenReadOnly | (flags & kOpenNonBlock), user);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:inotify", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel
