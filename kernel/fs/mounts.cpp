#include "kernel/fs/mounts.h"

#include <algorithm>

#include "kernel/task/pid_table.h"
#include "kernel/task/process.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

u64 next_mount_number() {
    static u64 last = 20;
    return ++last;
}

bool is_below(Dentry& tree, Dentry& of) {
    for (RefPtr<Dentry> at(of); at; at = at->parent() ? at->parent() : at->covered)
        if (at.get() == &tree) return true;
    return false;
}

// Names from `tree` down to `of`, crossing no mount.
std::optional<std::string> path_below(Dentry& tree, Dentry& of) {
    std::string path;
    RefPtr<Dentry> at(of);
    for (; at && at.get() != &tree; at = at->parent()) path.insert(0, "/" + at->name());
    if (!at) return std::nullopt;
    return path;
}

std::string joined(std::string_view base, std::string_view below) {
    if (below.empty()) return std::string(base);
    return base == "/" ? std::string(below) : std::string(base) + std::string(below);
}

Result<Ref<Dentry>> copy_one(Dentry& source) {
    Ref<Dentry> root = mount_root_of(source);
    if (!root->mount || root->mount->unbindable) return err(Errno::Einval);
    auto copy = make_ref<Dentry>(nullptr, std::string(), RefPtr<Inode>(source.inode()),
                                 RefPtr<Dentry>(source.real()));
    auto mount = make_ref<Mount>(root->mount->source, root->mount->flags);
    mount->subroot = joined(root->mount->subroot, path_below(*root, source).value_or(""));
    mount->options = root->mount->options;
    mount->peers = root->mount->peers;
    mount->master = root->mount->master;
    copy->mount = RefPtr<Mount>(mount);
    return copy;
}

Result<Ref<Dentry>> follow_names(Ref<Dentry> from, std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view name = path.substr(0, path.find('/'));
        from = TRY(from->child(name));
        path.remove_prefix(name.size());
    }
    return from;
}

// Copies what is mounted below `source` to the same places below `copy`.
Result<void> copy_mounts_below(Dentry& source, Ref<Dentry> copy, std::vector<Ref<Dentry>>& made) {
    const std::vector<Ref<Dentry>> all = mount_roots();
    for (const Ref<Dentry>& root : all) {
        if (!root->covered || root->mount->unbindable) continue;
        const auto path = path_below(source, *root->covered);
        if (!path || root->covered->mounted.get() != root.get()) continue;
        if (path->empty()) continue;  // covers the source itself: not below it
        Ref<Dentry> point = TRY(follow_names(copy, *path));
        Ref<Dentry> below = TRY(copy_one(*root));
        mount_at(*point, below);
        made.push_back(below);
        TRY(copy_mounts_below(*root, below, made));
    }
    return {};
}

bool has_peers(const Mount& mount) {
    return mount.peers != 0 && std::ranges::any_of(mount_roots(), [&](const Ref<Dentry>& root) {
               return root->mount.get() != &mount && root->mount->peers == mount.peers;
           });
}

// A mount must not become read-only under those who write.
bool has_writers(Dentry& root) {
    for (const auto& [tid, task] : pid_table().tasks()) {
        if (!task->files) continue;
        for (const int descriptor : task->files->open_descriptors()) {
            const auto file = task->files->get(descriptor);
            if (file && (*file)->writable() && (*file)->dentry && (*file)->dentry->inode().is_regular() &&
                mount_root_of(*(*file)->dentry).get() == &root)
                return true;
        }
    }
    return false;
}

void leave_point(Dentry& root) {
    const RefPtr<Dentry> point = std::exchange(root.covered, nullptr);
    if (point) point->mounted = nullptr;
}

void unregister(Dentry& root) {
    std::erase_if(mount_roots(), [&](const Ref<Dentry>& entry) { return entry.get() == &root; });
}

}  // namespace

void set_propagation(Mount& mount, Propagation kind) {
    static u64 last_group = 0;
    mount.unbindable = kind == Propagation::Unbindable;
    if (kind == Propagation::Shared) {
        if (mount.peers == 0) mount.peers = ++last_group;
        return;
    }
    // A slave whose group has nobody else in it has no master.
    if (kind == Propagation::Private || kind == Propagation::Unbindable)
        mount.master = 0;
    else if (has_peers(mount))
        mount.master = mount.peers;
    mount.peers = 0;
}

Mount::Mount(std::string from, u32 kept) : id(next_mount_number()), source(std::move(from)), flags(kept) {}

std::vector<Ref<Dentry>>& mount_roots() {
    [[clang::no_destroy]] static std::vector<Ref<Dentry>> roots;
    return roots;
}

Ref<Dentry> mount_root_of(Dentry& dentry) {
    Ref<Dentry> at(dentry);
    while (const RefPtr<Dentry> above = at->parent()) at = Ref<Dentry>(*above);
    return at;
}

u32 mount_flags_of(Dentry& dentry) {
    const Ref<Dentry> root = mount_root_of(dentry);
    return root->mount ? root->mount->flags : 0;
}

bool is_read_only(Dentry& dentry) {
    return (mount_flags_of(dentry) & kMountReadOnly) != 0 || dentry.inode().file_system().read_only;
}

Result<void> require_writable(Dentry& dentry) {
    if (is_read_only(dentry)) return err(Errno::Erofs);
    return {};
}

RefPtr<Mount> parent_mount(Dentry& root) {
    return root.covered ? mount_root_of(*root.covered)->mount : nullptr;
}

Ref<Dentry> new_mount(Ref<Inode> inode, std::string source, u32 flags) {
    auto root = make_ref<Dentry>(nullptr, std::string(), RefPtr<Inode>(inode));
    root->mount = RefPtr<Mount>(make_ref<Mount>(std::move(source), flags));
    return root;
}

Result<Ref<Dentry>> copy_mount(Dentry& source, Depth depth) {
    Ref<Dentry> copy = TRY(copy_one(source));
    if (depth == Depth::One) return copy;
    std::vector<Ref<Dentry>> made;
    const Result<void> copied = copy_mounts_below(source, copy, made);
    copy->mount->with = std::move(made);
    if (!copied) {
        detach_tree(*copy);
        return err(copied.error());
    }
    return copy;
}

Result<void> attach_mount(Dentry& point, Ref<Dentry> root) {
    if (point.is_unlinked()) return err(Errno::Enoent);
    if (point.inode().is_directory() != root->inode().is_directory()) return err(Errno::Enotdir);
    const Ref<Dentry> top = follow_mounts(point);
    mount_at(*top, root);
    mount_roots().push_back(root);
    for (const Ref<Dentry>& below : std::exchange(root->mount->with, {})) mount_roots().push_back(below);
    return {};
}

Result<void> move_mount_to(Dentry& point, Dentry& root) {
    if (!root.mount || root.parent() || !root.covered) return err(Errno::Einval);
    if (point.inode().is_directory() != root.inode().is_directory()) return err(Errno::Einval);
    if (is_below(root, point)) return err(Errno::Eloop);
    const Ref<Dentry> moved(root);
    leave_point(root);
    mount_at(*follow_mounts(point), moved);
    return {};
}

Result<void> detach_mount(Dentry& root) {
    if (!root.covered) return err(Errno::Ebusy);
    const Ref<Dentry> held(root);
    // Held by its mount point, the list, the caller and here.
    constexpr u32 kHolders = 4;
    if (root.mounted || root.is_tree_in_use(kHolders)) return err(Errno::Ebusy);
    leave_point(root);
    unregister(root);
    return {};
}

std::vector<Ref<Dentry>> mounts_in(Dentry& root) {
    std::vector<Ref<Dentry>> found;
    const auto collect = [&](const std::vector<Ref<Dentry>>& from) {
        for (const Ref<Dentry>& entry : from)
            if (entry.get() != &root && is_below(root, *entry)) found.push_back(entry);
    };
    collect(mount_roots());
    if (root.mount) collect(root.mount->with);
    return found;
}

void detach_tree(Dentry& root) {
    const Ref<Dentry> held(root);
    const std::vector<Ref<Dentry>> gone = mounts_in(root);
    if (root.mount) root.mount->with.clear();
    leave_point(root);
    unregister(root);
    for (const Ref<Dentry>& below : gone) {
        leave_point(*below);
        unregister(*below);
    }
}

Result<void> change_mount_flags(Dentry& root, u32 flags) {
    const u32 old = root.mount->flags;
    if ((flags & ~old & kMountReadOnly) != 0 && has_writers(root)) return err(Errno::Ebusy);
    root.mount->flags = flags & kMountKept;
    return {};
}

Result<void> pivot_root(Dentry& current, Dentry& new_root, Dentry& put_old) {
    if (!new_root.inode().is_directory() || !put_old.inode().is_directory()) return err(Errno::Enotdir);
    if (&new_root == &current || &put_old == &current) return err(Errno::Ebusy);
    if (current.parent() || !current.mount || new_root.parent() || !new_root.covered)
        return err(Errno::Einval);
    if (!is_below(new_root, put_old) || !is_below(current, new_root)) return err(Errno::Einval);
    const Ref<Dentry> old(current), fresh(new_root), place(put_old);
    const RefPtr<Dentry> above = old->covered;
    leave_point(*fresh);
    leave_point(*old);
    if (above) mount_at(*above, fresh);
    mount_at(*follow_mounts(*place), old);
    for (const auto& [tid, task] : pid_table().tasks()) {
        if (!task->view) continue;
        FsContext& view = *task->view;
        if (view.root.get() == old.get()) view.root = fresh;
        if (view.cwd.get() == old.get()) view.cwd = fresh;
    }
    return {};
}

}  // namespace occlum::kernel
