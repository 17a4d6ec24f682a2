#include "kernel/fs/regular_file.h"

#include "kernel/fs/own_contents.h"
#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {
namespace {

constexpr u64 kFionRead = 0x541b;

Result<u64> moved(u64 base, i64 by) {
    u64 to = base + static_cast<u64>(by);
    bool wrapped = by < 0 ? to > base : to < base;
    if (wrapped || to > kMaxFileSize) return err(Errno::Einval);
    return to;
}

// "." and ".." come before what the file system gives. Their cookies are 1 and 2.
class PositionSink final : public DirectorySink {
public:
    PositionSink(DirectorySink& sink, u64& cookie) : sink_(sink), cookie_(cookie) {}
    bool take(const DirectoryEntry& entry) override {
        if (!sink_.take(entry)) return false;
        cookie_ = entry.next_cookie;
        return true;
    }

private:
    DirectorySink& sink_;
    u64& cookie_;
};

}  // namespace

Result<size_t> RegularFile::read(const UserBuffer& to) {
    inode_->prefetch(position_, to.size());
    static_cast<void>(settle_shared_file(*inode_, position_, to.size()));
    size_t got = TRY(inode_->read_data(position_, to));
    position_ += got;
    return got;
}

// What the seals of a memfd leave of a write. EPERM: nothing.
Result<UserBuffer> RegularFile::sealed(const UserBuffer& from, u64 offset) const {
    if ((inode_->seals & kSealedAgainstWrites) != 0) return err(Errno::Eperm);
    if ((inode_->seals & kSealGrow) == 0 || from.size() == 0) return from;
    u64 size = TRY(inode_->attributes()).size;
    if (offset >= size) return err(Errno::Eperm);
    return from.slice(0, std::min<u64>(from.size(), size - offset));
}

Result<size_t> RegularFile::write(const UserBuffer& bytes) {
    size_t put = 0;
    foresee_write(position_, bytes.size());
    {
        const OwnTurn turn(inode_->contents_turn());
        if ((flags() & kOpenAppend) != 0 && bytes.size() != 0) position_ = TRY(inode_->attributes()).size;
        put = TRY(write_in_turn(position_, bytes));
        position_ += put;
    }
    TRY(sync_if_asked());
    return put;
}

// Before the place of an appending write is known for good: others may append meanwhile.
void RegularFile::foresee_write(u64 offset, u64 size) {
    if ((flags() & kOpenAppend) != 0)
        if (const auto now = inode_->attributes()) offset = now->size;
    inode_->foresee_write(offset, size);
}

Result<size_t> RegularFile::write_in_turn(u64 offset, const UserBuffer& bytes) {
    const UserBuffer from = TRY(sealed(bytes, offset));
    const OwnContents turn(*inode_);
    if (!SharedMemory::maps(*inode_)) return inode_->write_data(offset, from);
    const u64 size = TRY(inode_->attributes()).size;
    const size_t put = TRY(inode_->write_data(offset, from));
    update_shared_file(*inode_, offset, put, size);
    return put;
}

Result<void> RegularFile::sync() {
    static_cast<void>(settle_shared_file(*inode_, 0, kMaxFileSize));
    LongCalls others_may;
    return inode_->sync();
}

// O_SYNC and O_DSYNC.
Result<void> RegularFile::sync_if_asked() {
    if ((flags() & kOpenDsync) == 0) return {};
    LongCalls others_may;
    return inode_->sync();
}

Result<size_t> RegularFile::read_at(u64 offset, const UserBuffer& to) {
    inode_->prefetch(offset, to.size());
    static_cast<void>(settle_shared_file(*inode_, offset, to.size()));
    return inode_->read_data(offset, to);
}

Result<size_t> RegularFile::write_at(u64 offset, const UserBuffer& bytes) {
    size_t put = 0;
    foresee_write(offset, bytes.size());
    {
        const OwnTurn turn(inode_->contents_turn());
        // Linux appends here too (pwrite(2), BUGS).
        if ((flags() & kOpenAppend) != 0) offset = TRY(inode_->attributes()).size;
        put = TRY(write_in_turn(offset, bytes));
    }
    TRY(sync_if_asked());
    return put;
}

Result<u64> RegularFile::seek(i64 offset, int whence) {
    u64 to = 0;
    switch (whence) {
        case kSeekSet:
            to = TRY(moved(0, offset));
            break;
        case kSeekCurrent:
            to = TRY(moved(position_, offset));
            break;
        case kSeekEnd:
            to = TRY(moved(TRY(inode_->attributes()).size, offset));
            break;
        case kSeekData:
        case kSeekHole:
            if (offset < 0) return err(Errno::Enxio);
            static_cast<void>(settle_shared_file(*inode_, 0, kMaxFileSize));
            to = TRY(inode_->seek_data(static_cast<u64>(offset), whence == kSeekHole));
            break;
        default:
            return err(Errno::Einval);
    }
    position_ = to;
    return to;
}

Result<u64> RegularFile::ioctl(u64 request, u64 argument) {
    if (request != kFionRead) return err(Errno::Enotty);
    u64 size = TRY(inode_->attributes()).size;
    u64 left = size > position_ ? size - position_ : 0;
    TRY(write_user(UserOut<i32>{{argument}}, static_cast<i32>(std::min<u64>(left, 0x7fff'ffff))));
    return u64{0};
}

// Of the names in it.
Result<void> DirectoryFile::sync() {
    LongCalls others_may;
    return inode_->sync();
}

Result<u64> DirectoryFile::seek(i64 offset, int whence) {
    u64 base = 0;
    if (whence == kSeekCurrent)
        base = cookie_;
    else if (whence == kSeekEnd)
        base = kMaxFileSize;
    else if (whence != kSeekSet)
        return err(Errno::Einval);
    cookie_ = TRY(moved(base, offset));
    return cookie_;
}

Result<void> DirectoryFile::read_directory(DirectorySink& sink) {
    constexpr u8 kDirectoryType = kTypeDirectory >> 12;
    if (cookie_ <= 2) inode_->foresee(Foresight::Names);
    PositionSink position(sink, cookie_);
    u64 self = TRY(inode_->attributes()).inode;
    if (cookie_ == 0 &&
        !position.take({.name = ".", .inode = self, .type = kDirectoryType, .next_cookie = 1}))
        return {};
    if (cookie_ == 1) {
        u64 above = self;
        if (dentry) {
            RefPtr<Dentry> at = dentry;
            while (!at->parent() && at->covered) at = at->covered;
            if (RefPtr<Dentry> parent = at->parent()) above = TRY(parent->inode().attributes()).inode;
        }
        if (!position.take({.name = "..", .inode = above, .type = kDirectoryType, .next_cookie = 2}))
            return {};
    }
    return inode_->read_directory(cookie_, position);
}

}  // namespace occlum::kernel
