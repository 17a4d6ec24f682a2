// Inodes of the memory file system (tree_file_system.h).
#pragma once

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/time.h"

namespace occlum::kernel {

class TreeDirectory;

class TreeInode : public Inode {
public:
    ~TreeInode() override;
    Result<Attributes> attributes() override;
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override { return fs_->info(); }
    Result<void> resize_file_system(u64 limit) override { return fs_->budget().set_limit(limit); }
    void drop_set_id() override;
    Result<std::string> get_xattr(std::string_view name) override;
    Result<void> set_xattr(std::string_view name, std::string_view value, u32 flags) override;
    Result<void> remove_xattr(std::string_view name) override;
    Result<std::string> list_xattr() override;

    Turn* names_turn() override { return fs_->names_turn(); }

    u64 number() const { return number_; }
    u32 mode() const { return mode_; }

protected:
    friend class TreeDirectory;
    /// A new file. Charges the budget: through `make` functions only.
    TreeInode(Ref<TreeFileSystem> fs, u32 mode, u64 rdev, const Credentials& owner);
    /// A mirror of the host's.
    TreeInode(Ref<TreeFileSystem> fs, const Attributes& lower);

    /// Makes the inode outlive its users: before any change. ENOSPC.
    Result<void> pin();
    /// The name by which it was found is gone, or holds it now.
    void leave_origin();
    virtual u64 size() const { return 0; }
    virtual u64 blocks() const { return 0; }
    virtual Result<void> resize(u64) { return err(Errno::Einval); }
    void touch_changed() { changed_ = file_time_now(); }
    void touch_modified() { modified_ = changed_ = file_time_now(); }
    /// As relatime: when the last access is not newer than the last change, or a day old.
    void touch_accessed();

    static constexpr u64 kNodeCost = 512;  // what an inode and its entry count for
    static constexpr u64 kMaxXattrs = 64 << 10;

    Ref<TreeFileSystem> fs_;
    u64 number_;
    u32 mode_, links_ = 1, uid_, gid_;
    u64 rdev_ = 0;
    TimeSpec accessed_, modified_, changed_, born_;

private:
    bool xattr_allowed(std::string_view name) const;
    RefPtr<TreeDirectory> origin_;  // set: not pinned
    std::string origin_name_;
    bool pinned_ = true;
    bool linked_ = false;  // in the file system's table of such
    u64 charged_ = 0;
    bool xattrs_charged_ = false;
    std::map<std::string, std::string, std::less<>> xattrs_;
};

class TreeFile final : public TreeInode {
public:
    TreeFile(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner);
    TreeFile(Ref<TreeFileSystem> fs, const Attributes& lower, Ref<PageSource> contents);
    Result<size_t> read_data(u64 offset, const UserBuffer& to) override;
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override;
    void prefetch(u64 offset, u64 size) override { pages_.prefetch(offset, size); }
    void foresee_write(u64 offset, u64 size) override;
    Result<size_t> read_uncached(u64 offset, std::span<u8> out) override;
    Result<void> allocate(u32 mode, u64 offset, u64 length) override;
    Result<u64> seek_data(u64 offset, bool hole) override;
    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return version_; }
    std::optional<StoredCode> stored_code() override {
        return version_ == kConstantContents ? pages_.source()->stored_code() : std::nullopt;
    }

protected:
    u64 size() const override { return size_; }
    u64 blocks() const override;
    Result<void> resize(u64 size) override;

private:
    u64 size_ = 0;
    u64 version_ = next_content_version();  // of a constant lower file: the same at each lookup
    FileData pages_;
};

class TreeLink final : public TreeInode {
public:
    TreeLink(Ref<TreeFileSystem> fs, std::string target, const Credentials& owner);
    TreeLink(Ref<TreeFileSystem> fs, const Attributes& lower, std::string path);
    Result<std::string> read_link() override;
    void foresee(Foresight what, std::string_view) override;
    Result<Ref<OpenFile>> open(u32) override { return err(Errno::Eloop); }

protected:
    u64 size() const override { return size_; }

private:
    u64 size_;
    std::string target_;
    std::string path_;  // where the host has it; empty once read
};

class Pipe;

/// FIFOs, sockets, devices.
class TreeSpecial final : public TreeInode {
public:
    TreeSpecial(Ref<TreeFileSystem> fs, u32 mode, u64 rdev, const Credentials& owner);
    TreeSpecial(Ref<TreeFileSystem> fs, const Attributes& lower);
    ~TreeSpecial() override;
    Result<Ref<OpenFile>> open(u32 flags) override;

private:
    RefPtr<Pipe> fifo_;
    bool from_host_ = false;
};

}  // namespace occlum::kernel
