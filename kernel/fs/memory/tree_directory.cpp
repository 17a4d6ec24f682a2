#include "kernel/fs/memory/tree_directory.h"

#include "kernel/fs/host/host_tree.h"
#include "kernel/fs/regular_file.h"

namespace occlum::kernel {

TreeDirectory::TreeDirectory(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner)
    : TreeInode(std::move(fs), mode, 0, owner) {
    links_ = 2;
}

TreeDirectory::TreeDirectory(Ref<TreeFileSystem> fs, const Attributes& lower, std::string path)
    : TreeInode(std::move(fs), lower), over_lower_(true), lower_path_(std::move(path)), complete_(false) {}

TreeDirectory::~TreeDirectory() { fs_->release_names(entries_.size()); }

TreeDirectory::Entries::iterator TreeDirectory::add_entry(std::string_view name, Entry entry) {
    entry.cookie = next_cookie_++;
    auto [added, fresh] = entries_.emplace(std::string(name), std::move(entry));
    order_.emplace(added->second.cookie, added);
    return added;
}

Result<Ref<TreeInode>> TreeDirectory::mirror(Entries::iterator entry) {
    Attributes lower = TRY(fs_->lower()->stat(join_path(lower_path_, entry->first)));
    return mirror(entry, lower);
}

Result<Ref<TreeInode>> TreeDirectory::mirror(Entries::iterator entry, const Attributes& lower) {
    bool linked = (lower.mode & kTypeMask) == kTypeRegular && lower.links > 1;
    if (linked) {
        TRY(share_linked(entry, lower));
        if (entry->second.strong) return Ref<TreeInode>(*entry->second.strong);
    }
    std::string path = join_path(lower_path_, entry->first);
    auto xattrs = TRY(fs_->lower()->xattrs(path));
    auto build = [&]() -> Result<Ref<TreeInode>> {
        switch (lower.mode & kTypeMask) {
            case kTypeDirectory:
                return Ref<TreeInode>(make_ref<TreeDirectory>(fs_, lower, std::move(path)));
            case kTypeRegular:
                return Ref<TreeInode>(make_ref<TreeFile>(fs_, lower, TRY(fs_->lower()->contents(path))));
            case kTypeLink:
                return Ref<TreeInode>(make_ref<TreeLink>(fs_, lower, std::move(path)));
            default:
                return Ref<TreeInode>(make_ref<TreeSpecial>(fs_, lower));
        }
    };
    Ref<TreeInode> child = TRY(build());
    child->xattrs_ = std::move(xattrs);
    child->origin_ = RefPtr<TreeDirectory>(this);
    child->origin_name_ = entry->first;
    child->pinned_ = false;
    entry->second.mirror = child.get();
    entry->second.number = child->number_;
    entry->second.type = directory_entry_type(lower.mode);
    // Pinned at once: the other names must find it even when nobody uses it.
    if (linked && child->pin()) {
        child->linked_ = true;
        fs_->linked().insert_or_assign(child->number_, child.get());
    }
    return child;
}

// Another name of a host file that is known here by its first: the entry takes the same inode.
Result<void> TreeDirectory::share_linked(Entries::iterator entry, const Attributes& lower) {
    auto known = fs_->linked().find(lower.inode);
    if (known == fs_->linked().end()) return {};
    Ref<TreeInode> first(*known->second);
    TRY(pin());
    entry->second.kind = Entry::Kind::Upper;
    entry->second.hides_lower = true;
    entry->second.strong = RefPtr<TreeInode>(first);
    entry->second.number = first->number_;
    entry->second.type = directory_entry_type(lower.mode);
    return {};
}

Result<Ref<TreeInode>> TreeDirectory::find(std::string_view name) {
    auto found = entries_.find(name);
    if (found != entries_.end()) {
        Entry& entry = found->second;
        switch (entry.kind) {
            case Entry::Kind::Whiteout:
                return err(Errno::Enoent);
            case Entry::Kind::Upper:
                return Ref<TreeInode>(*entry.strong);
            case Entry::Kind::Lower:
                if (entry.mirror != nullptr) return Ref<TreeInode>(*entry.mirror);
                return mirror(found);
        }
    }
    if (complete_) return err(Errno::Enoent);
    Attributes lower = TRY(fs_->lower()->stat(join_path(lower_path_, name)));
    TRY(fs_->charge_names(1));
    return mirror(add_entry(name, {.kind = Entry::Kind::Lower}), lower);
}

void TreeDirectory::foresee(Foresight what, std::string_view name) {
    if (!over_lower_) return;
    const Ref<LowerTree> lower(*fs_->lower());
    if (what == Foresight::Names || what == Foresight::Change) {
        if (complete_ || removed_) return;
        lower->ask_ahead(Foresight::Names, lower_path_);
        // A failure shows to those who cannot do without.
        static_cast<void>(complete());
    } else if (what == Foresight::Name) {
        const auto found = entries_.find(name);
        const bool known = found != entries_.end()
                               ? found->second.kind != Entry::Kind::Lower || found->second.mirror != nullptr
                               : complete_;
        if (!known) lower->ask_ahead(what, join_path(lower_path_, name));
    }
}

Result<Ref<Inode>> TreeDirectory::lookup(std::string_view name) {
    Ref<TreeInode> child = TRY(find(name));
    return Ref<Inode>(child);
}

// Learns all names of the lower directory.
Result<void> TreeDirectory::complete() {
    if (complete_) return {};
    std::vector<enclave::HostDirEntry> names = TRY(fs_->lower()->list(lower_path_));
    TRY(fs_->charge_names(names.size()));
    size_t added = 0;
    for (const enclave::HostDirEntry& name : names) {
        if (entries_.contains(name.name)) continue;
        u64 number = name.inode & ((u64{1} << 56) - 1);
        Entry entry{.kind = Entry::Kind::Lower, .type = static_cast<u8>(name.type & 15), .number = number};
        add_entry(name.name, std::move(entry));
        ++added;
    }
    fs_->release_names(names.size() - added);
    complete_ = true;
    return {};
}

void TreeDirectory::adopt(std::string_view name, TreeInode& child) {
    Entry& entry = entries_.find(name)->second;
    entry.kind = Entry::Kind::Upper;
    entry.hides_lower = true;
    entry.strong = RefPtr<TreeInode>(child);
    entry.mirror = nullptr;
}

void TreeDirectory::forget(std::string_view name, TreeInode& child) {
    auto found = entries_.find(name);
    if (found == entries_.end() || found->second.mirror != &child) return;
    found->second.mirror = nullptr;
    if (complete_) return;
    order_.erase(found->second.cookie);
    entries_.erase(found);
    fs_->release_names(1);
}

// Enters a child under a name that is free; its room has been charged.
void TreeDirectory::place(std::string_view name, TreeInode& child) {
    auto found = entries_.find(name);
    if (found == entries_.end())
        found = add_entry(name, {});
    else
        fs_->release_names(1);
    Entry& entry = found->second;
    entry.kind = Entry::Kind::Upper;
    entry.strong = RefPtr<TreeInode>(child);
    entry.type = directory_entry_type(child.mode_);
    entry.number = child.number_;
    if (child.is_directory()) ++links_;
    touch_modified();
}

// Takes the child's name away. What the host has under it stays hidden.
void TreeDirectory::take_away(std::string_view name) {
    auto found = entries_.find(name);
    Entry& entry = found->second;
    RefPtr<TreeInode> child = entry.strong ? entry.strong : RefPtr<TreeInode>(entry.mirror);
    if (child->is_directory() && links_ > 2) --links_;
    child->leave_origin();
    touch_modified();
    if (entry.kind == Entry::Kind::Lower || entry.hides_lower) {
        entry.kind = Entry::Kind::Whiteout;
        entry.hides_lower = true;
        entry.strong = nullptr;
        entry.mirror = nullptr;
        return;
    }
    order_.erase(entry.cookie);
    entries_.erase(found);
    fs_->release_names(1);
}

Result<void> TreeDirectory::may_add(std::string_view name) {
    if (removed_) return err(Errno::Enoent);
    TRY(pin());
    // With the whole listing known, a name that is not there costs no host call. A failure shows in find().
    static_cast<void>(complete());
    Result<Ref<TreeInode>> taken = find(name);
    if (taken) return err(Errno::Eexist);
    if (taken.error() != Errno::Enoent) return err(taken.error());
    return fs_->charge_names(1);
}

Credentials TreeDirectory::heir(const Credentials& owner) const {
    Credentials heir = owner;
    if ((mode_ & kModeSetGid) != 0) heir.fsgid = gid_;
    return heir;
}

Result<Ref<Inode>> TreeDirectory::create(std::string_view name, u32 mode, u64 rdev,
                                         const Credentials& owner) {
    TRY(may_add(name));
    if (Result<void> room = fs_->budget().charge(kNodeCost); !room) {
        fs_->release_names(1);
        return err(room.error());
    }
    Credentials who = heir(owner);
    auto build = [&]() -> Ref<TreeInode> {
        switch (mode & kTypeMask) {
            case kTypeDirectory:
                return make_ref<TreeDirectory>(fs_, mode | (mode_ & kModeSetGid), who);
            case kTypeRegular:
                return make_ref<TreeFile>(fs_, mode, who);
            default:
                return make_ref<TreeSpecial>(fs_, mode, rdev, who);
        }
    };
    Ref<TreeInode> child = build();
    child->charged_ = kNodeCost;
    place(name, *child);
    return Ref<Inode>(child);
}

Result<Ref<Inode>> TreeDirectory::symlink(std::string_view name, std::string_view target,
                                          const Credentials& owner) {
    TRY(may_add(name));
    u64 cost = kNodeCost + target.size();
    if (Result<void> room = fs_->budget().charge(cost); !room) {
        fs_->release_names(1);
        return err(room.error());
    }
    Ref<TreeInode> child = make_ref<TreeLink>(fs_, std::string(target), heir(owner));
    child->charged_ = cost;
    place(name, *child);
    return Ref<Inode>(child);
}

Result<Ref<Inode>> TreeDirectory::create_unnamed(u32 mode, const Credentials& owner) {
    if (fs_->read_only()) return err(Errno::Erofs);
    Ref<Inode> file = TRY(TreeFileSystem::make_file(fs_, mode, heir(owner)));
    static_cast<TreeInode&>(*file).links_ = 0;
    return file;
}

Result<void> TreeDirectory::link(std::string_view name, Inode& target) {
    auto& child = static_cast<TreeInode&>(target);  // same device, so the same kind
    if (child.links_ >= 0x7fff'ffff) return err(Errno::Emlink);
    TRY(child.pin());
    TRY(may_add(name));
    ++child.links_;
    child.touch_changed();
    place(name, child);
    return {};
}

Result<void> TreeDirectory::unlink(std::string_view name) {
    TRY(pin());
    Ref<TreeInode> child = TRY(find(name));
    if (child->is_directory()) return err(Errno::Eisdir);
    take_away(name);
    if (child->links_ > 0) --child->links_;
    child->touch_changed();
    return {};
}

Result<void> TreeDirectory::must_be_empty() {
    TRY(complete());
    for (const auto& [name, entry] : entries_)
        if (entry.kind != Entry::Kind::Whiteout) return err(Errno::Enotempty);
    return {};
}

Result<void> TreeDirectory::rmdir(std::string_view name) {
    TRY(pin());
    Ref<TreeInode> child = TRY(find(name));
    if (!child->is_directory()) return err(Errno::Enotdir);
    auto& directory = static_cast<TreeDirectory&>(*child);
    TRY(directory.must_be_empty());
    take_away(name);
    directory.removed_ = true;
    directory.links_ = 0;
    directory.touch_changed();
    return {};
}

// What a rename replaces.
Result<void> TreeDirectory::drop_target(TreeInode& target) {
    if (target.is_directory()) {
        auto& directory = static_cast<TreeDirectory&>(target);
        TRY(directory.must_be_empty());
        directory.removed_ = true;
        directory.links_ = 0;
    } else if (target.links_ > 0) {
        --target.links_;
    }
    target.touch_changed();
    return {};
}

Result<void> TreeDirectory::rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                   u32 flags) {
    auto& destination = static_cast<TreeDirectory&>(new_parent);  // same device, so the same kind
    if (destination.removed_) return err(Errno::Enoent);
    TRY(pin());
    TRY(destination.pin());
    Ref<TreeInode> child = TRY(find(name));
    TRY(child->pin());
    static_cast<void>(destination.complete());
    Result<Ref<TreeInode>> target = destination.find(new_name);
    if (!target && target.error() != Errno::Enoent) return err(target.error());
    if ((flags & kRenameExchange) != 0) {
        if (!target) return err(Errno::Enoent);
        return exchange(name, *child, destination, new_name, **target);
    }
    TRY(fs_->charge_names(1));
    if (target) {
        if (Result<void> dropped = drop_target(**target); !dropped) {
            fs_->release_names(1);
            return dropped;
        }
        destination.take_away(new_name);
    }
    take_away(name);
    destination.place(new_name, *child);
    child->touch_changed();
    return {};
}

Result<void> TreeDirectory::exchange(std::string_view name, TreeInode& one, TreeDirectory& other_parent,
                                     std::string_view other_name, TreeInode& other) {
    TRY(other.pin());
    auto put = [](TreeDirectory& directory, std::string_view at, TreeInode& old, TreeInode& child) {
        Entry& entry = directory.entries_.find(at)->second;
        Ref<TreeInode> keep(old);
        entry.strong = RefPtr<TreeInode>(child);
        entry.type = directory_entry_type(child.mode_);
        entry.number = child.number_;
        if (old.is_directory() && directory.links_ > 2) --directory.links_;
        if (child.is_directory()) ++directory.links_;
        directory.touch_modified();
        child.touch_changed();
    };
    Ref<TreeInode> keep_one(one), keep_other(other);
    put(*this, name, one, other);
    put(other_parent, other_name, other, one);
    return {};
}

Result<void> TreeDirectory::read_directory(u64 cookie, DirectorySink& sink) {
    if (removed_) return err(Errno::Enoent);
    TRY(complete());
    touch_accessed();
    for (auto at = order_.upper_bound(cookie); at != order_.end(); ++at) {
        const auto& [name, entry] = *at->second;
        if (entry.kind == Entry::Kind::Whiteout) continue;
        if (!sink.take({.name = name, .inode = entry.number, .type = entry.type, .next_cookie = at->first}))
            break;
    }
    return {};
}

Result<Ref<OpenFile>> TreeDirectory::open(u32 flags) {
    return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
}

}  // namespace occlum::kernel
