// A file of the secure file system.
#pragma once

#include "kernel/fs/secure/secure_file_system.h"

namespace occlum::kernel {

class Pipe;

class SecureInode final : public Inode {
public:
    SecureInode(Ref<SecureFileSystem> fs, u64 number, u32 mode);
    ~SecureInode() override;

    Result<Attributes> attributes() override;
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override { return fs_->info(); }

    Result<Ref<Inode>> lookup(std::string_view name) override;
    void foresee(Foresight what, std::string_view name) override;
    Turn* names_turn() override { return fs_->names_turn(); }
    Turn* contents_turn() override { return is_regular() && !files().in_whole() ? &contents_ : nullptr; }
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
    Result<std::string> read_link() override;

    Result<size_t> read_data(u64 offset, const UserBuffer& to) override;
    void prefetch(u64 offset, u64 size) override;
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override;
    Result<void> allocate(u32 mode, u64 offset, u64 length) override;
    Result<u64> seek_data(u64 offset, bool hole) override;
    Result<void> sync() override { return fs_->sync(); }
    void drop_set_id() override;

    Result<std::string> get_xattr(std::string_view name) override;
    Result<void> set_xattr(std::string_view name, std::string_view value, u32 flags) override;
    Result<void> remove_xattr(std::string_view name) override;
    Result<std::string> list_xattr() override;

    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return version_; }

    u64 number() const { return number_; }

private:
    storage::FileSystem& files() const { return fs_->files(); }
    Result<Ref<Inode>> child(u64 number);
    void touch_accessed(const storage::Attributes& now);
    void prepare_names(std::string_view name, Inode& other, std::string_view other_name);
    void foresee_xattrs();
    bool xattr_allowed(std::string_view name) const;

    Ref<SecureFileSystem> fs_;
    u64 number_;
    u64 version_ = next_content_version();
    RefPtr<Pipe> fifo_;
    Turn contents_;
    bool writing_ = false;  // in the turn, by a writer who may leave the lock
};

}  // namespace occlum::kernel
