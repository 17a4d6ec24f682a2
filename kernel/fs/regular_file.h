// Open regular files and directories of any file system: a position over an inode.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class RegularFile final : public OpenFile {
public:
    RegularFile(u32 flags, Ref<Inode> inode) : OpenFile(flags), inode_(std::move(inode)) {}

    Result<size_t> read(const UserBuffer& to) override;
    Result<size_t> write(const UserBuffer& from) override;
    Result<size_t> read_at(u64 offset, const UserBuffer& to) override;
    Result<size_t> write_at(u64 offset, const UserBuffer& from) override;
    Result<u64> seek(i64 offset, int whence) override;
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable*) override { return kPollFileReady; }
    Result<void> sync() override;
    RefPtr<Inode> inode() override { return RefPtr<Inode>(inode_); }
    RefPtr<Inode> mappable() override { return RefPtr<Inode>(inode_); }
    u64 position() const override { return position_; }

private:
    Result<void> sync_if_asked();
    void foresee_write(u64 offset, u64 size);
    Result<size_t> write_in_turn(u64 offset, const UserBuffer& bytes);
    Result<UserBuffer> sealed(const UserBuffer& from, u64 offset) const;

    Ref<Inode> inode_;
    u64 position_ = 0;
};

class DirectoryFile final : public OpenFile {
public:
    DirectoryFile(u32 flags, Ref<Inode> inode) : OpenFile(flags), inode_(std::move(inode)) {}

    Result<size_t> read(const UserBuffer&) override { return err(Errno::Eisdir); }
    Result<size_t> read_at(u64, const UserBuffer&) override { return err(Errno::Eisdir); }
    Result<u64> seek(i64 offset, int whence) override;
    Result<void> read_directory(DirectorySink& sink) override;
    Result<void> sync() override;
    u32 poll(PollTable*) override { return kPollFileReady; }
    RefPtr<Inode> inode() override { return RefPtr<Inode>(inode_); }
    u64 position() const override { return cookie_; }

private:
    Ref<Inode> inode_;
    u64 cookie_ = 0;
};

}  // namespace occlum::kernel
