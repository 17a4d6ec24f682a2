// open(2) and its kin.
#include "kernel/fs/attribute_change.h"
#include "kernel/fs/inotify.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/tree.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {
namespace {

using Kind = LastComponent::Kind;

// A descriptor that only names a file (O_PATH).
class PathFile final : public OpenFile {
public:
    explicit PathFile(u32 flags) : OpenFile(flags) {}
    u32 poll(PollTable*) override { return kPollInvalid; }
};

constexpr u32 kCreationFlags = kOpenCreate | kOpenExclusive | kOpenTruncate | kOpenCloseOnExec;

u32 wanted_access(u32 flags) {
    u32 wanted = 0;
    switch (flags & kOpenAccessMask) {
        case kOpenReadOnly:
            wanted = kMayRead;
            break;
        case kOpenWriteOnly:
            wanted = kMayWrite;
            break;
        default:
            wanted = kMayRead | kMayWrite;
            break;
    }
    if ((flags & kOpenTruncate) != 0) wanted |= kMayWrite;
    return wanted;
}

Result<Ref<OpenFile>> finish_open(Dentry& dentry, u32 flags) {
    Ref<OpenFile> file = TRY(dentry.inode().open((flags & ~kCreationFlags) | kOpenLargeFile));
    file->dentry = RefPtr<Dentry>(dentry);
    if (dentry.inode().is_regular())
        file->use =
            FileUse(dentry.inode(), file->writable() ? FileUse::Kind::Writing : FileUse::Kind::Reading);
    notify(dentry, kNotifyOpen);
    return file;
}

Result<Ref<OpenFile>> create_and_open(const WalkContext& context, LastComponent& last,
                                      const OpenRequest& request) {
    Inode& directory = last.directory->inode();
    if (last.trailing_slash) return err(Errno::Eisdir);
    TRY(require_writable(*last.directory));
    TRY(check_access(directory, context.who, kMayWrite | kMayExecute));
    const OwnTurn turn(directory.names_turn());
    directory.foresee(Foresight::Change);
    if (last.directory->is_unlinked()) return err(Errno::Enoent);
    Ref<Inode> inode =
        TRY(directory.create(last.name, kTypeRegular | (request.mode & kModeMask), 0, context.who));
    Ref<Dentry> dentry = last.directory->child_created(last.name, inode);
    notify_entry(directory, last.name, kNotifyCreate, false);
    return finish_open(dentry, request.flags);
}

Result<Ref<OpenFile>> open_or_create(const WalkContext& context, std::string_view path,
                                     const OpenRequest& request) {
    LastComponent last = TRY(walk_to_parent(context, path, request.resolve));
    bool exclusive = (request.flags & kOpenExclusive) != 0;
    if (last.kind != Kind::Name) return err(exclusive ? Errno::Eexist : Errno::Eisdir);
    bool follow = !exclusive && (request.flags & kOpenNoFollow) == 0;
    if (last.trailing_slash) return err(Errno::Eisdir);
    Result<Ref<Dentry>> found = walk_last(context, last, follow, request.resolve);
    if (!found) {
        if (found.error() != Errno::Enoent || !last.missing) return err(found.error());
        return create_and_open(context, last, request);
    }
    if (exclusive) return err(Errno::Eexist);
    if ((*found)->inode().is_directory()) return err(Errno::Eisdir);
    return open_dentry(*found, context.who, request.flags);
}

Result<Ref<OpenFile>> open_creating(const WalkContext& context, std::string_view path,
                                    const OpenRequest& request) {
    constexpr int kMostTries = 16;
    if ((request.flags & kOpenDirectory) != 0) return err(Errno::Einval);
    for (int tries = 1;; ++tries) {
        Result<Ref<OpenFile>> file = open_or_create(context, path, request);
        // Where it was missing somebody else has made one since: that is opened.
        const bool again = !file && file.error() == Errno::Eexist && (request.flags & kOpenExclusive) == 0;
        if (!again || tries == kMostTries) return file;
    }
}

Result<Ref<OpenFile>> open_unnamed(const WalkContext& context, std::string_view path,
                                   const OpenRequest& request) {
    if ((request.flags & kOpenAccessMask) == kOpenReadOnly) return err(Errno::Einval);
    Ref<Dentry> directory = TRY(walk(context, path, true, request.resolve));
    if (!directory->inode().is_directory()) return err(Errno::Enotdir);
    TRY(require_writable(*directory));
    TRY(check_access(directory->inode(), context.who, kMayWrite | kMayExecute));
    Ref<Inode> inode = TRY(directory->inode().create_unnamed(request.mode & kModeMask, context.who));
    inode->stays_nameless = (request.flags & kOpenExclusive) != 0;
    u64 number = TRY(inode->attributes()).inode;
    // As Linux shows it: "#inode (deleted)" below the directory.
    auto dentry =
        make_ref<Dentry>(RefPtr<Dentry>(directory), "#" + std::to_string(number), RefPtr<Inode>(inode));
    dentry->mark_unlinked();
    return finish_open(dentry, request.flags);
}

// What the mount forbids.
Result<void> check_mount(Dentry& dentry, u32 wanted) {
    const u32 type = dentry.inode().type();
    const bool device = type == kTypeCharacter || type == kTypeBlock;
    if (!device && (wanted & kMayWrite) == 0) return {};
    const u32 flags = mount_flags_of(dentry);
    if (device && (flags & kMountNoDev) != 0) return err(Errno::Eacces);
    if (dentry.inode().is_regular() && (wanted & kMayWrite) != 0 && (flags & kMountReadOnly) != 0)
        return err(Errno::Erofs);
    return {};
}

}  // namespace

Result<Ref<OpenFile>> open_dentry(Dentry& dentry, const Credentials& who, u32 flags) {
    Inode& inode = dentry.inode();
    if ((flags & kOpenDirectory) != 0 && !inode.is_directory()) return err(Errno::Enotdir);
    if ((flags & kOpenPath) != 0) {
        auto file = make_ref<PathFile>(flags & (kOpenPath | kOpenDirectory | kOpenNoFollow));
        file->dentry = RefPtr<Dentry>(dentry);
        return Ref<OpenFile>(file);
    }
    if (inode.is_link()) return err(Errno::Eloop);
    inode.foresee(Foresight::Open);
    u32 wanted = wanted_access(flags);
    if (inode.is_directory() && (wanted & kMayWrite) != 0) return err(Errno::Eisdir);
    TRY(check_access(inode, who, wanted));
    TRY(check_mount(dentry, wanted));
    if (inode.is_regular() && (wanted & kMayWrite) != 0 && inode.users.running != 0)
        return err(Errno::Etxtbsy);
    if ((flags & kOpenNoAtime) != 0) TRY(check_owner(TRY(inode.attributes()), who));
    if (inode.is_regular()) TRY(break_leases(inode, (wanted & kMayWrite) != 0, (flags & kOpenNonBlock) != 0));
    Ref<OpenFile> file = TRY(finish_open(dentry, flags));
    if ((flags & kOpenTruncate) != 0 && inode.is_regular()) {
        TRY(resize(inode, who, 0));
        notify(dentry, kNotifyModify);
    }
    return file;
}

Result<Ref<OpenFile>> open_at(const WalkContext& context, std::string_view path, const OpenRequest& request) {
    u32 flags = request.flags;
    if ((flags & kOpenPath) != 0) {
        flags &= kOpenPath | kOpenDirectory | kOpenNoFollow | kOpenCloseOnExec;
    } else {
        if ((flags & kOpenTemporary) == kOpenTemporary) return open_unnamed(context, path, request);
        if ((flags & kOpenTemporary & ~kOpenDirectory) != 0) return err(Errno::Einval);
        if ((flags & kOpenCreate) != 0) return open_creating(context, path, request);
    }
    Ref<Dentry> found = TRY(walk(context, path, (flags & kOpenNoFollow) == 0, request.resolve));
    return open_dentry(found, context.who, flags);
}

}  // namespace occlum::kernel
