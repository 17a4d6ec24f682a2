// Directories of the memory file system (tree_file_system.h).
#pragma once

#include "kernel/fs/memory/tree_inode.h"

namespace occlum::kernel {

class TreeDirectory final : public TreeInode {
public:
    TreeDirectory(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner);
    TreeDirectory(Ref<TreeFileSystem> fs, const Attributes& lower, std::string path);
    ~TreeDirectory() override;

    Result<Ref<Inode>> lookup(std::string_view name) override;
    void foresee(Foresight what, std::string_view name) override;
    Result<Ref<Inode>> create(std::string_view name, u32 mode, u64 rdev, const Credentials& owner) override;
    Result<Ref<Inode>> symlink(std::string_view name, std::string_view target,
                               const Credentials& owner) override;
    Result<Ref<Inode>> create_unnamed(u32 mode, const Credentials& owner) override;
    Result<void> link(std::string_view name, Inode& target) override;
    Result<void> unlink(std::string_view name) override;
    Result<void> rmdir(std::string_view name) override;
    Result<void> rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                        u32 flags) override;
    Result<void> read_directory(u64 cookie, DirectorySink& sink) override;
    Result<Ref<OpenFile>> open(u32 flags) override;

protected:
    u64 size() const override { return kPageSize; }

private:
    friend class TreeInode;
    struct Entry {
        enum class Kind : u8 { Upper, Lower, Whiteout } kind = Kind::Upper;
        u8 type = 0;
        bool hides_lower = false;       // what is removed here must leave a whiteout
        RefPtr<TreeInode> strong = {};  // Upper
        TreeInode* mirror = nullptr;    // Lower, while it lives
        u64 number = 0;
        u64 cookie = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    bool over_lower() const { return over_lower_; }
    Result<Ref<TreeInode>> find(std::string_view name);
    Result<Ref<TreeInode>> mirror(Entries::iterator entry);
    Result<Ref<TreeInode>> mirror(Entries::iterator entry, const Attributes& lower);
    Result<void> share_linked(Entries::iterator entry, const Attributes& lower);
    Entries::iterator add_entry(std::string_view name, Entry entry);
    void place(std::string_view name, TreeInode& child);
    void take_away(std::string_view name);
    Result<void> complete();
    Result<void> must_be_empty();
    /// What a new child inherits: the group of a set-gid directory.
    Credentials heir(const Credentials& owner) const;
    Result<void> may_add(std::string_view name);
    Result<void> drop_target(TreeInode& target);
    Result<void> exchange(std::string_view name, TreeInode& one, TreeDirectory& other_parent,
                          std::string_view other_name, TreeInode& other);
    void adopt(std::string_view name, TreeInode& child);
    void forget(std::string_view name, TreeInode& child);

    Entries entries_;
    std::map<u64, Entries::iterator> order_;
    u64 next_cookie_ = 3;
    bool over_lower_ = false;
    std::string lower_path_;
    bool complete_ = true;  // all that the lower directory has is in entries_
    bool removed_ = false;
    size_t charged_names_ = 0;
};

}  // namespace occlum::kernel
