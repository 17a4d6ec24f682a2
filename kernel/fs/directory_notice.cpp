#include "kernel/fs/directory_notice.h"

#include <map>

namespace occlum::kernel {
namespace {

struct Notice {
    const Inode* directory;
    int fd;
    u32 events;
};

std::map<OpenFile*, Notice>& notices() {
    [[clang::no_destroy]] static std::map<OpenFile*, Notice> all;
    return all;
}

}  // namespace

bool directories_are_noticed() { return !notices().empty(); }

void forget_directory_notice(OpenFile& directory) { notices().erase(&directory); }

Result<void> set_directory_notice(OpenFile& directory, int fd, u32 events) {
    const RefPtr<Inode> inode = directory.inode();
    if ((events & ~kNoticeAgain) == 0) {
        forget_directory_notice(directory);
        return {};
    }
    if (!inode || !inode->is_directory()) return err(Errno::Enotdir);
    own_if_nobody_does(directory.owner);
    Notice& notice = notices().try_emplace(&directory, Notice{inode.get(), fd, 0}).first->second;
    notice.events |= events;
    notice.fd = fd;
    return {};
}

void notice_directory(Inode& directory, u32 events) {
    std::vector<std::pair<SignalOwner, int>> told;
    for (auto at = notices().begin(); at != notices().end();) {
        Notice& notice = at->second;
        const bool meant = notice.directory == &directory && (notice.events & events & ~kNoticeAgain) != 0;
        if (meant) told.emplace_back(at->first->owner, notice.fd);
        at = meant && (notice.events & kNoticeAgain) == 0 ? notices().erase(at) : std::next(at);
    }
    for (const auto& [owner, fd] : told) signal_owner(owner, fd, FileEvent::Message);
}

}  // namespace occlum::kernel
