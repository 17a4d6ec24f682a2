// Dentries: names in the tree, and the cache of them.
//
//   child ──Ref──> parent          a live dentry keeps its way to the root
//   parent ─map──> children        without owning them; a dying child leaves the map
//   cache ──Ref──> dentries        bounded; the least used leave first
//
// A dentry without an inode is a name known not to exist. A mount is a pair: the mount point's `mounted` is
// the root dentry of the mounted tree, whose `covered` is the mount point.
//
// A bind mount shows a tree a second time. Its dentries are aliases: each stands for a dentry of the first
// tree (its `real`), which alone remembers names; the alias knows where the name was reached and what is
// mounted there. Aliases are made as they are needed and are not kept in the cache.
#pragma once

#include <list>
#include <string>

#include "base/hash_table.h"
#include "kernel/fs/inode.h"

namespace occlum::kernel {

class Mount;

class Dentry : public RefCounted {
public:
    Dentry(RefPtr<Dentry> parent, std::string name, RefPtr<Inode> inode, RefPtr<Dentry> origin = nullptr);
    ~Dentry() override;

    RefPtr<Dentry> parent() const { return parent_; }  ///< null: a root, of a mount or of an anonymous file
    const std::string& name() const { return name_; }
    Inode& inode() const { return *inode_; }
    bool is_negative() const { return inode_ == nullptr; }
    bool is_unlinked() const { return origin_ ? origin_->unlinked_ : unlinked_; }
    void mark_unlinked() { unlinked_ = true; }
    /// Of an alias: what it stands for; else itself.
    Dentry& real() { return origin_ ? *origin_ : *this; }

    /// The dentry of `name` in this directory, mounts not followed. ENOENT; a negative dentry is not
    /// returned.
    Result<Ref<Dentry>> child(std::string_view name);
    /// The name was made, removed, moved: the cache follows. To be called after the inode did it.
    Ref<Dentry> child_created(std::string_view name, Ref<Inode> inode);
    void child_removed(std::string_view name);
    void child_moved(std::string_view name, Dentry& new_parent, std::string_view new_name);
    void children_exchanged(std::string_view name, Dentry& other_parent, std::string_view other_name);

    /// Whether anybody holds this dentry, but for `holders` references that the caller knows of, or one below
    /// it. Names that are only remembered do not count.
    bool is_tree_in_use(u32 holders);

    RefPtr<Dentry> mounted, covered;
    RefPtr<Mount> mount;  ///< of the root of a mounted tree (kernel/fs/mounts.h)

private:
    friend class DentryCache;
    friend void mount_at(Dentry& point, Ref<Dentry> root);
    RefPtr<Dentry> find_cached(std::string_view name);
    Result<Ref<Dentry>> alias_child(std::string_view name);
    Ref<Dentry> alias_of(Dentry& child, std::string_view name);
    void alias_moved(std::string_view name, Dentry& new_parent, std::string_view new_name);
    void attach(Dentry& parent, std::string_view name);
    void detach();
    void enter(Dentry& child);

    RefPtr<Dentry> parent_;
    std::string name_;
    RefPtr<Inode> inode_;
    RefPtr<Dentry> origin_;  ///< of an alias; never an alias itself
    struct NameHash {
        u64 operator()(std::string_view name) const;
    };
    HashTable<std::string_view, Dentry*, NameHash> children_;  ///< by their own names
    bool unlinked_ = false;
    bool recently_used_ = true;
    bool cached_ = false;
    std::list<RefPtr<Dentry>>::iterator place_;  ///< when cached
};

/// The topmost mount on `dentry`, or itself.
Ref<Dentry> follow_mounts(Dentry& dentry);
/// The point then leads to `root`, a dentry without parent.
void mount_at(Dentry& point, Ref<Dentry> root);
/// A dentry outside the tree, for pipes, sockets, memfds: path_of gives its name.
Ref<Dentry> anonymous_dentry(std::string name, Ref<Inode> inode);

}  // namespace occlum::kernel
