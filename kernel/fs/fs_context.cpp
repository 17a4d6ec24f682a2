#include "kernel/fs/fs_context.h"

#include "kernel/fs/mounts.h"
#include "kernel/fs/path_walk.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/tree.h"

namespace occlum::kernel {

Ref<FsContext> FsContext::clone() const {
    auto copy = make_ref<FsContext>(root, cwd);
    copy->umask = umask;
    return copy;
}

Result<Ref<OpenFile>> open_executable(FsContext& context, const Credentials& who, std::string_view path) {
    Ref<Dentry> dentry = TRY(walk(WalkContext(context, who), path, true));
    return open_executable(*dentry, who);
}

Result<Ref<OpenFile>> open_executable(Dentry& dentry, const Credentials& who) {
    Inode& inode = dentry.inode();
    if (!inode.is_regular()) return err(Errno::Eacces);
    TRY(check_access(TRY(inode.attributes()), who, kMayExecute));
    if ((mount_flags_of(dentry) & kMountNoExec) != 0) return err(Errno::Eacces);
    if (inode.users.writing != 0) return err(Errno::Etxtbsy);
    Ref<OpenFile> file = TRY(inode.open(kOpenReadOnly | kOpenLargeFile));
    file->use = FileUse(inode, FileUse::Kind::Running);
    file->dentry = RefPtr<Dentry>(dentry);
    return file;
}

Result<Ref<OpenFile>> open_path(FsContext& context, const Credentials& who, std::string_view path, u32 flags,
                                u32 mode) {
    OpenRequest request{.flags = flags, .mode = mode & ~context.umask};
    return open_at(WalkContext(context, who), path, request);
}

std::string path_of(const FsContext& context, Dentry& dentry) {
    std::vector<RefPtr<Dentry>> names;  // from the dentry to the root
    RefPtr<Dentry> at(dentry);
    bool reachable = true;
    while (at.get() != context.root.get()) {
        if (!at->parent()) {
            if (at->covered) {
                at = at->covered;
                continue;
            }
            // An anonymous file has its name and nothing else.
            if (names.empty() && !at->name().empty()) return at->name();
            reachable = false;
            break;
        }
        names.push_back(at);
        at = at->parent();
    }
    std::string path = reachable ? "" : "(unreachable)";
    for (size_t left = names.size(); left > 0; --left) {
        path += '/';
        path += names[left - 1]->name();
    }
    if (names.empty()) path += '/';
    if (dentry.is_unlinked()) path += " (deleted)";
    return path;
}

}  // namespace occlum::kernel
