// Who uses a regular file: descriptions that read it, that may write to it, programs that run from it. A file
// is not written to while it runs and does not run while somebody may write to it (ETXTBSY).
#pragma once

#include <utility>

#include "kernel/fs/inode.h"

namespace occlum::kernel {

/// One use, for as long as it lives.
class FileUse {
public:
    enum class Kind : u8 { Reading, Writing, Running };

    FileUse() = default;
    FileUse(Inode& inode, Kind kind) : inode_(inode), kind_(kind) { ++count(); }
    FileUse(FileUse&& other) noexcept : inode_(std::exchange(other.inode_, nullptr)), kind_(other.kind_) {}
    FileUse& operator=(FileUse&& other) noexcept {
        std::swap(inode_, other.inode_);
        std::swap(kind_, other.kind_);
        return *this;
    }
    FileUse(const FileUse&) = delete;
    FileUse& operator=(const FileUse&) = delete;
    ~FileUse() {
        if (inode_) --count();
    }

private:
    u32& count() {
        FileUsers& users = inode_->users;
        if (kind_ == Kind::Running) return users.running;
        return kind_ == Kind::Writing ? users.writing : users.reading;
    }

    RefPtr<Inode> inode_;
    Kind kind_ = Kind::Reading;
};

}  // namespace occlum::kernel
