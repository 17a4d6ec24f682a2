// A volume from within: one inode object for each of the host's files that is in use.
//
// FIFOs, sockets and devices are nodes of the volume's own: the host never sees them, and they last until
// they are unlinked or the volume goes. Their directory keeps them, and they keep their directory.
#pragma once

#include "kernel/fs/host/volume.h"
#include "kernel/fs/memory/tree_file_system.h"

namespace occlum::kernel {

class Pipe;
class VolumeInode;

// What the inodes of one volume share.
class Volume : public RefCounted {
public:
    explicit Volume(Ref<HostTree> host) : tree(std::move(host)), device(next_device_number()) {}
    const Ref<HostTree> tree;
    const u64 device;
    MemoryBudget budget{0};  // nothing is ever dirty here
    u32 mount() const { return tree->mount(); }
    // Whatever goes by names is done in turn, so that names stay what they are while the host answers.
    Turn turn;
    // The rename under way: what moves, and its path when that is done.
    struct Move {
        const VolumeInode* inode;
        std::string path;
    };
    std::optional<Move> move;
    bool keeps_owners = false;  // the host's user may not give files away

    Result<Attributes> stat(const std::string& path) {
        if (turn.mine()) tree->ask_ahead(Foresight::Name, path);
        return tree->stat(path);
    }
};

// Bytes of a file whose path changes with renames above it.
class VolumeBytes final : public HostFile {
public:
    VolumeBytes(Ref<HostTree> tree, VolumeInode& inode)
        : HostFile(std::move(tree), {}, abi::kFileReadWrite), inode_(inode) {}

protected:
    std::string path() const override;
    std::optional<std::string> next_path() const override;

private:
    VolumeInode& inode_;  // which owns this
};

class VolumeInode final : public Inode {
public:
    VolumeInode(Ref<Volume> volume, RefPtr<VolumeInode> parent, std::string name, const Attributes& now)
        : Inode(now.mode),
          volume_(std::move(volume)),
          parent_(std::move(parent)),
          name_(std::move(name)),
          attributes_(now),
          bytes_(make_ref<VolumeBytes>(volume_->tree, *this)),
          data_(volume_->budget, RefPtr<PageSource>(bytes_), now.size) {
        attributes_.device = volume_->device;
    }

    ~VolumeInode() override;
    std::string path() const;
    std::optional<std::string> next_path() const;
    Result<Attributes> attributes() override { return attributes_; }
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override;
    bool absence_is_stable() const override { return false; }
    void foresee(Foresight what, std::string_view name) override;
    Turn* names_turn() override { return &volume_->turn; }
    Turn* contents_turn() override { return is_regular() ? &contents_ : nullptr; }

    Result<Ref<Inode>> lookup(std::string_view name) override;
    Result<Ref<Inode>> create(std::string_view name, u32 mode, u64 rdev, const Credentials& owner) override;
    Result<Ref<Inode>> symlink(std::string_view name, std::string_view target,
                               const Credentials& owner) override;
    Result<void> link(std::string_view name, Inode& target) override;
    Result<void> unlink(std::string_view name) override { return remove(name, false); }
    Result<void> rmdir(std::string_view name) override { return remove(name, true); }
    Result<void> rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                        u32 flags) override;
    Result<void> read_directory(u64 cookie, DirectorySink& sink) override;
    Result<std::string> read_link() override;

    Result<size_t> read_data(u64 offset, const UserBuffer& to) override;
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override;
    void prefetch(u64 offset, u64 size) override;
    Result<size_t> read_uncached(u64 offset, std::span<u8> out) override;
    /// Names are the host's to keep.
    Result<void> sync() override { return is_directory() ? Result<void>() : bytes_->sync(); }
    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return version_; }

private:
    Result<void> refresh();
    Result<Ref<Inode>> given_to(const Credentials& owner, Ref<Inode> made);
    RefPtr<VolumeInode> leave_parent();
    Result<void> set_size(u64 size);
    Result<void> change_here(const AttributeChange& change);
    Result<void> remove(std::string_view name, bool directory);
    void open_bytes();
    void keep();
    void lose_name();
    Result<Ref<Inode>> make_node(std::string_view name, u32 mode, u64 rdev, const Credentials& owner);
    Result<void> move_node(VolumeInode& node, VolumeInode& destination, std::string_view new_name);
    bool drop_node(std::string_view name);
    void moved_to(VolumeInode& destination, std::string_view new_name);
    void wrote(u64 offset, std::span<const u8> bytes, u64 changes_before);
    std::string child_path(std::string_view name) const { return join_path(path(), name); }

    Ref<Volume> volume_;
    RefPtr<VolumeInode> parent_;  // null: the root
    bool only_here_ = false;      // a node that the host does not know
    bool gone_ = false;           // its name is, or may be another file's: the host is not asked by it
    std::string target_;          // of a link, once known
    std::string name_;
    Attributes attributes_;
    Ref<HostFile> bytes_;
    FileData data_;
    Turn contents_;
    bool writing_ = false;  // by the task whose turn it is
    u64 version_ = next_content_version();
    std::vector<enclave::HostDirEntry> listing_;                  // as of the last read from the start
    std::map<std::string, VolumeInode*, std::less<>> children_;   // those alive
    std::map<std::string, Ref<VolumeInode>, std::less<>> nodes_;  // of a directory: those that are only here
    RefPtr<Pipe> fifo_;
};
/// An answer of the host about a name.
inline Result<void> checked(Result<void> answer) {
    if (!answer) return err(checked_path_error(answer.error()));
    return {};
}

}  // namespace occlum::kernel
