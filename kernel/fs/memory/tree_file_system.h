// The file system in memory, perhaps over a tree of the host or an image that it only reads: tmpfs, and the
// overlay root.
//
// An inode over the host has its attributes copied at the first lookup, and its contents read page by page
// when needed. Whatever changes, changes here: an attribute in the inode, a page in FileData, a name in its
// directory (removed ones leave a whiteout). So nothing is ever "copied up" as a whole, and renames and hard
// links are the same as without a lower tree.
//
//   TreeDirectory ──Ref──> child, when the child exists only here or was changed ("pinned")
//   TreeDirectory ── · ──> child, weakly, when it only mirrors the host: such inodes go when nobody uses them
//   child ──Ref──> TreeDirectory, only while not pinned: to leave the weak entry, and to become pinned
#pragma once

#include "kernel/fs/memory/budget.h"
#include "kernel/fs/memory/lower_tree.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {

class TreeInode;

class TreeFileSystem : public RefCounted {
public:
    /// `lower`: null for a plain memory file system.
    TreeFileSystem(std::string_view type, u64 magic, u64 limit, RefPtr<LowerTree> lower, bool read_only);

    /// The root directory; over the lower tree's root when there is one.
    static Result<Ref<Inode>> make_root(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner);
    /// A regular file that is in no directory (memfd).
    static Result<Ref<Inode>> make_file(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner);

    u64 device() const { return device_; }
    u64 next_number() { return ++last_number_; }
    MemoryBudget& budget() { return budget_; }
    RefPtr<LowerTree> lower() const { return lower_; }
    bool read_only() const { return read_only_; }
    FileSystemInfo info() const;
    /// Names given to host entries that are known here: bounded against hostile listings.
    Result<void> charge_names(size_t count);
    void release_names(size_t count) { names_ -= count; }
    /// The inodes of host files with several names, by the host's number: one inode for all the names.
    std::map<u64, TreeInode*>& linked() { return linked_; }
    /// The lower tree may be asked outside of the kernel lock.
    Turn* names_turn() { return lower_ ? &turn_ : nullptr; }

private:
    std::string_view type_;
    u64 magic_;
    u64 device_;
    u64 last_number_;
    MemoryBudget budget_;
    RefPtr<LowerTree> lower_;
    Turn turn_;
    bool read_only_;
    size_t names_ = 0;
    std::map<u64, TreeInode*> linked_;
};

/// Numbers for st_dev.
u64 next_device_number();

}  // namespace occlum::kernel
