#include "kernel/fs/tree.h"

#include "kernel/fs/inotify.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/permission.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {
namespace {

using Kind = LastComponent::Kind;

// A name that is going to change, and the turn to do so.
struct Place : LastComponent {
    explicit Place(const LastComponent& last) : LastComponent(last), turn(directory->inode().names_turn()) {}
    OwnTurn turn;
};

// What a last component names. Looking it up takes the right to search the directory.
Result<Ref<Dentry>> entry(const LastComponent& last, const Credentials& who) {
    TRY(check_access(last.directory->inode(), who, kMayExecute));
    return last.directory->child(last.name);
}

// The place for a new name: the parent's dentry, the name. EEXIST when it is taken.
Result<Place> place_for_new(const WalkContext& context, std::string_view path, bool directory) {
    Place last(TRY(walk_to_parent(context, path)));
    if (last.kind != Kind::Name) return err(Errno::Eexist);
    last.directory->inode().foresee(Foresight::Change);
    Result<Ref<Dentry>> taken = entry(last, context.who);
    if (taken) return err(Errno::Eexist);
    if (taken.error() != Errno::Enoent) return err(taken.error());
    if (last.trailing_slash && !directory) return err(Errno::Enoent);
    // Where names come and go by themselves nobody makes any.
    if (!last.directory->inode().names_are_stable()) return err(Errno::Enoent);
    TRY(require_writable(*last.directory));
    TRY(check_access(last.directory->inode(), context.who, kMayWrite | kMayExecute));
    return last;
}

bool is_ancestor(const Dentry& ancestor, Dentry& of) {
    for (RefPtr<Dentry> at(of); at; at = at->parent())
        if (at.get() == &ancestor) return true;
    return false;
}

// Names do not cross mounts, even of one file system. Files without a mount (memfds, O_TMPFILE) are anywhere.
bool in_one_mount(Dentry& one, Dentry& other) {
    const Ref<Dentry> first = mount_root_of(one), second = mount_root_of(other);
    return !first->mount || !second->mount || first.get() == second.get();
}

}  // namespace

Result<Ref<Dentry>> create_at(const WalkContext& context, std::string_view path, u32 mode, u64 device) {
    Place last = TRY(place_for_new(context, path, (mode & kTypeMask) == kTypeDirectory));
    Ref<Inode> inode = TRY(last.directory->inode().create(last.name, mode, device, context.who));
    notify_entry(last.directory->inode(), last.name, kNotifyCreate, inode->is_directory());
    return last.directory->child_created(last.name, inode);
}

Result<void> make_node(const WalkContext& context, std::string_view path, u32 mode, u64 device) {
    switch (mode & kTypeMask) {
        case 0:
            mode |= kTypeRegular;
            break;
        case kTypeRegular:
        case kTypeFifo:
        case kTypeSocket:
            break;
        case kTypeCharacter:
        case kTypeBlock:
            // A whiteout, device 0:0, is nothing that could be reached.
            if (!context.who.has(Capability::MakeNode) &&
                ((mode & kTypeMask) == kTypeBlock || device != kWhiteout))
                return err(Errno::Eperm);
            break;
        case kTypeDirectory:
            return err(Errno::Eperm);
        default:
            return err(Errno::Einval);
    }
    TRY(create_at(context, path, mode, device));
    return {};
}

Result<void> make_directory(const WalkContext& context, std::string_view path, u32 mode) {
    TRY(create_at(context, path, kTypeDirectory | (mode & (0777 | kModeSticky)), 0));
    return {};
}

Result<void> make_symlink(const WalkContext& context, std::string_view path, std::string_view target) {
    if (target.empty()) return err(Errno::Enoent);
    if (target.size() >= kPathLimit) return err(Errno::Enametoolong);
    Place last = TRY(place_for_new(context, path, false));
    Ref<Inode> inode = TRY(last.directory->inode().symlink(last.name, target, context.who));
    last.directory->child_created(last.name, inode);
    notify_entry(last.directory->inode(), last.name, kNotifyCreate, false);
    return {};
}

Result<void> make_link(Dentry& target, const WalkContext& context, std::string_view path) {
    Place last = TRY(place_for_new(context, path, false));
    Inode& directory = last.directory->inode();
    Attributes file = TRY(target.inode().attributes());
    if (TRY(directory.attributes()).device != file.device) return err(Errno::Exdev);
    if (!in_one_mount(*last.directory, target)) return err(Errno::Exdev);
    if (target.inode().is_directory()) return err(Errno::Eperm);
    if (target.inode().stays_nameless) return err(Errno::Enoent);
    TRY(directory.link(last.name, target.inode()));
    last.directory->child_created(last.name, Ref<Inode>(target.inode()));
    notify_inode(target.inode(), kNotifyAttributes);
    notify_entry(directory, last.name, kNotifyCreate, false);
    return {};
}

Result<void> remove_file(const WalkContext& context, std::string_view path) {
    Place last(TRY(walk_to_parent(context, path)));
    if (last.kind != Kind::Name) return err(Errno::Eisdir);
    Ref<Dentry> victim = TRY(entry(last, context.who));
    if (last.trailing_slash) return err(victim->inode().is_directory() ? Errno::Eisdir : Errno::Enotdir);
    TRY(require_writable(*last.directory));
    TRY(check_removal(last.directory->inode(), victim->inode(), context.who));
    if (victim->inode().is_directory()) return err(Errno::Eisdir);
    if (victim->mounted) return err(Errno::Ebusy);
    TRY(last.directory->inode().unlink(last.name));
    last.directory->child_removed(last.name);
    notify_unlinked(last.directory->inode(), last.name, *victim);
    return {};
}

Result<void> remove_directory(const WalkContext& context, std::string_view path) {
    Place last(TRY(walk_to_parent(context, path)));
    if (last.kind == Kind::Dot) return err(Errno::Einval);
    if (last.kind == Kind::DotDot) return err(Errno::Enotempty);
    if (last.kind == Kind::Root) return err(Errno::Ebusy);
    Ref<Dentry> victim = TRY(entry(last, context.who));
    victim->inode().foresee(Foresight::Change);
    TRY(require_writable(*last.directory));
    TRY(check_removal(last.directory->inode(), victim->inode(), context.who));
    if (!victim->inode().is_directory()) return err(Errno::Enotdir);
    if (victim->mounted) return err(Errno::Ebusy);
    TRY(last.directory->inode().rmdir(last.name));
    last.directory->child_removed(last.name);
    notify_unlinked(last.directory->inode(), last.name, *victim);
    return {};
}

namespace {

// Both ends of a rename.
struct Rename {
    LastComponent from, to;
    Ref<Dentry> moved;
    RefPtr<Dentry> target;  // what the new name names now
    u32 flags;
    const Credentials& who;

    bool exchange() const { return (flags & kRenameExchange) != 0; }
    Result<void> check_shape() const;
    Result<void> check_permissions() const;
    Result<void> check_types() const;
};

Result<void> Rename::check_shape() const {
    bool directory = moved->inode().is_directory();
    if (!directory && from.trailing_slash) return err(Errno::Enotdir);
    // An exchange needs a directory there; a rename, one to put there.
    bool slash_fits = exchange() ? target->inode().is_directory() : directory;
    if (to.trailing_slash && !slash_fits) return err(Errno::Enotdir);
    if (is_ancestor(*moved, *to.directory)) return err(Errno::Einval);
    if (target && is_ancestor(*target, *from.directory))
        return err(exchange() ? Errno::Einval : Errno::Enotempty);
    return {};
}

Result<void> Rename::check_permissions() const {
    Inode& source = from.directory->inode();
    Inode& destination = to.directory->inode();
    TRY(require_writable(*from.directory));
    TRY(check_removal(source, moved->inode(), who));
    if (target)
        TRY(check_removal(destination, target->inode(), who));
    else
        TRY(check_access(destination, who, kMayWrite | kMayExecute));
    // A directory that changes its parent has its ".." rewritten.
    if (&source == &destination) return {};
    if (moved->inode().is_directory()) TRY(check_access(moved->inode(), who, kMayWrite));
    if (exchange() && target->inode().is_directory()) TRY(check_access(target->inode(), who, kMayWrite));
    return {};
}

Result<void> Rename::check_types() const {
    if (target && !exchange()) {
        bool directory = moved->inode().is_directory();
        if (directory && !target->inode().is_directory()) return err(Errno::Enotdir);
        if (!directory && target->inode().is_directory()) return err(Errno::Eisdir);
    }
    if (moved->mounted || (target && target->mounted)) return err(Errno::Ebusy);
    return {};
}

}  // namespace

Result<void> rename_path(const WalkContext& from, std::string_view old_path, const WalkContext& to,
                         std::string_view new_path, u32 flags) {
    if ((flags & ~(kRenameNoReplace | kRenameExchange | kRenameWhiteout)) != 0) return err(Errno::Einval);
    if ((flags & kRenameExchange) != 0 && flags != kRenameExchange) return err(Errno::Einval);
    if ((flags & kRenameWhiteout) != 0 && !from.who.has(Capability::MakeNode)) return err(Errno::Eperm);
    LastComponent source = TRY(walk_to_parent(from, old_path));
    LastComponent destination = TRY(walk_to_parent(to, new_path));
    Inode& old_parent = source.directory->inode();
    Inode& new_parent = destination.directory->inode();
    if (TRY(old_parent.attributes()).device != TRY(new_parent.attributes()).device) return err(Errno::Exdev);
    if (!in_one_mount(*source.directory, *destination.directory)) return err(Errno::Exdev);
    if (source.kind != Kind::Name) return err(Errno::Ebusy);
    if (destination.kind != Kind::Name)
        return err((flags & kRenameNoReplace) != 0 ? Errno::Eexist : Errno::Ebusy);

    const OwnTurn turn(old_parent.names_turn());
    Ref<Dentry> moved = TRY(entry(source, from.who));
    Result<Ref<Dentry>> found = entry(destination, to.who);
    if (!found && found.error() != Errno::Enoent) return err(found.error());
    if (!found && (flags & kRenameExchange) != 0) return err(Errno::Enoent);
    if (found && (flags & kRenameNoReplace) != 0) return err(Errno::Eexist);

    RefPtr<Dentry> target = found ? RefPtr<Dentry>(*found) : nullptr;
    if (target) target->inode().foresee(Foresight::Change);
    new_parent.foresee(Foresight::Change);
    Rename rename{source, destination, moved, target, flags, from.who};
    TRY(rename.check_shape());
    if (target && &target->inode() == &moved->inode()) return {};
    TRY(rename.check_permissions());
    TRY(rename.check_types());
    TRY(old_parent.rename(source.name, new_parent, destination.name, flags & ~kRenameWhiteout));
    if (rename.exchange())
        source.directory->children_exchanged(source.name, *destination.directory, destination.name);
    else
        source.directory->child_moved(source.name, *destination.directory, destination.name);
    notify_renamed(old_parent, source.name, new_parent, destination.name, moved->inode(),
                   rename.exchange() ? nullptr : target.get());
    if (rename.exchange())
        notify_renamed(new_parent, destination.name, old_parent, source.name, target->inode(), nullptr);
    if ((flags & kRenameWhiteout) != 0) return make_node(from, old_path, kTypeCharacter, kWhiteout);
    return {};
}

}  // namespace occlum::kernel
