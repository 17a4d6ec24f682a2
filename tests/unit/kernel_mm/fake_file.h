// A regular file in memory, to be mapped.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class FakeInode final : public Inode {
public:
    explicit FakeInode(std::vector<u8> contents, u32 mode = 0755)
        : Inode(kTypeRegular), bytes(std::move(contents)), mode_(mode), number_(next_number_++) {}
    Result<Attributes> attributes() override {
        Attributes attributes;
        attributes.device = 77;
        attributes.inode = number_;
        attributes.mode = kTypeRegular | mode_;
        attributes.size = bytes.size();
        return attributes;
    }
    Result<void> change(const AttributeChange&) override { return err(Errno::Eperm); }
    Result<size_t> read_data(u64 offset, const UserBuffer& to) override {
        ++reads;
        if (offset >= bytes.size()) return size_t{0};
        const auto there = std::span(bytes).subspan(offset);
        const size_t count = std::min(to.size(), there.size());
        TRY(to.copy_to(0, there.first(count)));
        return count;
    }
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override {
        bytes.resize(std::max<size_t>(bytes.size(), offset + from.size()));
        TRY(from.copy_from(0, std::span(bytes).subspan(offset, from.size())));
        return from.size();
    }
    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return version; }

    std::vector<u8> bytes;
    u64 version = 1;
    int reads = 0;

private:
    static inline u64 next_number_ = 1;
    u32 mode_;
    u64 number_;
};

class FakeFile final : public OpenFile {
public:
    FakeFile(Ref<Inode> inode, u32 flags) : OpenFile(flags), inode_(std::move(inode)) {}
    u32 poll(PollTable*) override { return 0; }
    Result<Attributes> attributes() override { return inode_->attributes(); }
    RefPtr<Inode> inode() override { return inode_; }
    RefPtr<Inode> mappable() override { return inode_; }

private:
    Ref<Inode> inode_;
};

inline Result<Ref<OpenFile>> FakeInode::open(u32 flags) {
    return Ref<OpenFile>(*make_ref<FakeFile>(Ref<Inode>(*this), flags));
}

inline Ref<OpenFile> fake_file(std::vector<u8> contents, u32 flags = kOpenReadOnly) {
    auto inode = make_ref<FakeInode>(std::move(contents));
    return *inode->open(flags);
}

}  // namespace occlum::kernel
