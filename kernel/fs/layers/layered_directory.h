// A directory of a layered file system (layered_file_system.h).
#pragma once

#include "kernel/fs/layers/layered_inode.h"

namespace occlum::kernel {

class LayeredDirectory final : public LayeredInode {
public:
    LayeredDirectory(Ref<LayeredFileSystem> fs, RefPtr<SecureInode> above, RefPtr<Inode> below,
                     const Attributes& now, std::string lower_path)
        : LayeredInode(std::move(fs), above, below, now), lower_path_(std::move(lower_path)) {}

    Result<Ref<Inode>> lookup(std::string_view name) override;
    Result<Ref<Inode>> create(std::string_view name, u32 mode, u64 rdev, const Credentials& owner) override;
    Result<Ref<Inode>> symlink(std::string_view name, std::string_view target,
                               const Credentials& owner) override;
    Result<Ref<Inode>> create_unnamed(u32 mode, const Credentials& owner) override;
    Result<void> link(std::string_view name, Inode& target) override;
    Result<void> unlink(std::string_view name) override;
    Result<void> rmdir(std::string_view name) override;
    Result<void> rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                        u32 flags) override;
    /// First the names of the lower directory, changed or not, then the others: a name never changes sides.
    Result<void> read_directory(u64 cookie, DirectorySink& sink) override;

    /// The path below of a directory found here; `above` may say another. Empty: none.
    Result<std::string> path_below(SecureInode* above, std::string_view name);

private:
    friend class LayeredInode;
    friend class LowerNames;
    friend class UpperNames;
    struct Entry {
        u64 number = 0;  // 0: no entry
        bool whiteout = false;
    };
    Result<Entry> entry_above(std::string_view name);
    Result<bool> is_below(std::string_view name);
    Result<RefPtr<Inode>> find_below(std::string_view name, SecureInode* above);
    Result<Ref<LayeredInode>> find(std::string_view name);
    Result<void> must_be_absent(std::string_view name);
    Result<void> must_be_empty();
    Result<Ref<Inode>> adopt(std::string_view name, Ref<Inode> made);
    Result<void> hold_name(std::string_view name, LayeredInode& child);

    // Within a whole.
    Result<void> clear_whiteout(std::string_view name);
    Result<void> leave_whiteout(std::string_view name);
    Result<void> clear_whiteouts();
    Result<void> mark_place(LayeredInode& child, std::string_view name);
    Result<void> take_target(LayeredInode& target, std::string_view name);
    Result<void> move(std::string_view name, LayeredInode& child, LayeredDirectory& to,
                      std::string_view new_name, LayeredInode* target);
    Result<void> exchange(std::string_view name, LayeredInode& one, LayeredDirectory& to,
                          std::string_view new_name, LayeredInode& other);

    /// st_nlink of one that is on both sides; `above`: of the upper one.
    Result<u32> count_links(u32 above);

    std::optional<u32> hidden_;  // directories below whose names are above, too; once counted
    std::string lower_path_;     // where below_ is in the lower tree
};

inline constexpr std::string_view kOpaqueMark = "occlum.opaque", kLowerMark = "occlum.lower";

}  // namespace occlum::kernel
