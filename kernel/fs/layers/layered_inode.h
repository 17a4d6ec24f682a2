// A file of a layered file system (layered_file_system.h).
#pragma once

#include "kernel/fs/layers/layered_file_system.h"

namespace occlum::kernel {

class LayeredInode : public Inode {
public:
    LayeredInode(Ref<LayeredFileSystem> fs, RefPtr<SecureInode> above, RefPtr<Inode> below,
                 const Attributes& now);
    ~LayeredInode() override;

    Result<Attributes> attributes() override;
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override { return fs_->info(); }
    Result<std::string> read_link() override { return top().read_link(); }
    void foresee(Foresight what, std::string_view name) override;
    Turn* names_turn() override { return fs_->names_turn(); }
    Turn* contents_turn() override { return top().contents_turn(); }

    Result<size_t> read_data(u64 offset, const UserBuffer& to) override;
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override;
    void prefetch(u64 offset, u64 size) override {
        const Ref<Inode> now(top());  // the first change may put another in its place meanwhile
        now->prefetch(offset, size);
    }
    Result<size_t> read_uncached(u64 offset, std::span<u8> out) override {
        const Ref<Inode> now(top());
        return now->read_uncached(offset, out);
    }
    /// The first change copies all of it. What fails here fails again when it is needed.
    void foresee_write(u64, u64) override { static_cast<void>(copy_up()); }
    void foresee_resize(u64 size) override { static_cast<void>(copy_up(size)); }
    Result<void> allocate(u32 mode, u64 offset, u64 length) override;
    Result<u64> seek_data(u64 offset, bool hole) override { return top().seek_data(offset, hole); }
    Result<void> sync() override;
    void drop_set_id() override;

    Result<std::string> get_xattr(std::string_view name) override { return top().get_xattr(name); }
    Result<void> set_xattr(std::string_view name, std::string_view value, u32 flags) override;
    Result<void> remove_xattr(std::string_view name) override;
    Result<std::string> list_xattr() override { return top().list_xattr(); }

    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return top().content_version(); }
    std::optional<StoredCode> stored_code() override { return top().stored_code(); }

    /// Before any change. `size`: no more of the contents is wanted.
    Result<void> copy_up(u64 size = ~u64{0});

protected:
    friend class LayeredFileSystem;
    friend class LayeredDirectory;
    Inode& top() const { return above_ ? *above_ : *below_; }

    Ref<LayeredFileSystem> fs_;
    RefPtr<SecureInode> above_;
    RefPtr<Inode> below_;
    RefPtr<LayeredDirectory> parent_;  // with name_, where it is below; while there is nothing above
    std::string name_;
    u64 number_ = 0;  // st_ino
    u64 number_below_ = 0;
    u32 names_below_ = 0;    // of a file: names that are still those of the lower tree
    bool nameless_ = false;  // removed; of a file, while it was only below

private:
    Result<void> copy_one(u64 size);
    Result<Ref<Inode>> copy_file(SecureInode& into, const Attributes& now, u64 size);
    Result<Ref<Inode>> make_copy(SecureInode& into, const Attributes& now, u64 size);
    Result<void> copy_attributes(Inode& copy, const Attributes& now, u64 size);

    RefPtr<Pipe> fifo_;
};

}  // namespace occlum::kernel
