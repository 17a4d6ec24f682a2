#include "kernel/fs/layers/layered_inode.h"

#include <algorithm>

#include "kernel/fs/dev/devices.h"
#include "kernel/fs/layers/layered_directory.h"
#include "kernel/fs/regular_file.h"
#include "kernel/ipc/fifo.h"

namespace occlum::kernel {
namespace {

constexpr size_t kChunk = 256 << 10;
// Blocks that it may take, with the index blocks above.
constexpr u64 kChunkRoom = kChunk / storage::kBlockSize + 32;

Credentials owner_of(const Attributes& file) {
    Credentials owner;
    owner.fsuid = file.uid;
    owner.fsgid = file.gid;
    return owner;
}

bool all_zero(std::span<const u8> bytes) {
    return std::ranges::all_of(bytes, [](u8 byte) { return byte == 0; });
}

Result<void> copy_xattrs(Inode& from, Inode& to) {
    const std::string names = TRY(from.list_xattr());
    for (std::string_view rest = names; !rest.empty();) {
        const std::string_view name = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        // What guests could not read below they need not find above.
        Result<std::string> value = from.get_xattr(name);
        if (value) TRY(to.set_xattr(name, *value, 0));
    }
    return {};
}

}  // namespace

LayeredInode::LayeredInode(Ref<LayeredFileSystem> fs, RefPtr<SecureInode> above, RefPtr<Inode> below,
                           const Attributes& now)
    : Inode(now.mode), fs_(std::move(fs)), above_(std::move(above)), below_(std::move(below)) {}

LayeredInode::~LayeredInode() {
    fs_->forget(*this);
    // One by one, not by recursion: paths may be deep and kernel stacks are small.
    RefPtr<LayeredDirectory> next = std::exchange(parent_, nullptr);
    while (next && next->ref_count() == 1) {
        RefPtr<LayeredDirectory> above = std::exchange(next->parent_, nullptr);
        next = std::move(above);
    }
}

Result<Attributes> LayeredInode::attributes() {
    Attributes now = TRY(top().attributes());
    now.device = fs_->device();
    now.inode = number_;
    if (is_directory()) {
        if (above_ && below_) now.links = TRY(static_cast<LayeredDirectory&>(*this).count_links(now.links));
        if (nameless_) now.links = 0;
        return now;
    }
    now.links = (above_ ? now.links : 0) + names_below_;
    return now;
}

// The lower side comes last: what it is told ahead counts only until the lock is let go.
void LayeredInode::foresee(Foresight what, std::string_view name) {
    const RefPtr<Inode> above(above_), below(below_);
    if (above) above->foresee(what, name);
    if (below) below->foresee(what, name);
}

Result<void> LayeredInode::change(const AttributeChange& change) {
    TRY(copy_up(change.size.value_or(~u64{0})));
    return above_->change(change);
}

Result<size_t> LayeredInode::read_data(u64 offset, const UserBuffer& to) {
    Ref<Inode> file(top());
    return file->read_data(offset, to);
}

Result<size_t> LayeredInode::write_data(u64 offset, const UserBuffer& from) {
    if (from.size() == 0) return size_t{0};
    TRY(copy_up());
    return above_->write_data(offset, from);
}

Result<void> LayeredInode::allocate(u32 mode, u64 offset, u64 length) {
    TRY(copy_up());
    return above_->allocate(mode, offset, length);
}

// What is only below lasts already; but the names that lead elsewhere may not.
Result<void> LayeredInode::sync() { return fs_->files().sync(); }

void LayeredInode::drop_set_id() {
    Result<Attributes> now = top().attributes();
    if (!now || (now->mode & (kModeSetUid | kModeSetGid)) == 0 || !copy_up()) return;
    above_->drop_set_id();
}

Result<void> LayeredInode::set_xattr(std::string_view name, std::string_view value, u32 flags) {
    // What would fail is not worth a copy.
    if (!name.starts_with("user.") || !(is_directory() || is_regular()))
        return top().set_xattr(name, value, flags);
    TRY(copy_up());
    return above_->set_xattr(name, value, flags);
}

Result<void> LayeredInode::remove_xattr(std::string_view name) {
    TRY(top().get_xattr(name));
    TRY(copy_up());
    return above_->remove_xattr(name);
}

Result<Ref<OpenFile>> LayeredInode::open(u32 flags) {
    switch (type()) {
        case kTypeDirectory:
            return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
        case kTypeRegular:
            return Ref<OpenFile>(make_ref<RegularFile>(flags, Ref<Inode>(*this)));
        case kTypeFifo: {
            if (!fifo_) fifo_ = RefPtr<Pipe>(make_ref<Pipe>());
            // Opening may sleep: this inode must survive that.
            Ref<LayeredInode> keep(*this);
            return open_fifo(*fifo_, flags);
        }
        default:
            return top().open(flags);
    }
}

// The directories that lead here first, from the top.
Result<void> LayeredInode::copy_up(u64 size) {
    if (above_) return {};
    const OwnTurn turn(fs_->names_turn());  // copying contents lets others go on
    std::vector<Ref<LayeredInode>> chain{Ref<LayeredInode>(*this)};
    while (chain.back()->parent_ && !chain.back()->parent_->above_)
        chain.push_back(Ref<LayeredInode>(*chain.back()->parent_));
    while (!chain.empty()) {
        LayeredInode& next = *chain.back();
        if (!next.above_) TRY(next.copy_one(&next == this ? size : ~u64{0}));
        chain.pop_back();
    }
    return {};
}

// Contents go into a file without a name, which a crash would forget; only giving it its name is a whole.
Result<Ref<Inode>> LayeredInode::copy_file(SecureInode& into, const Attributes& now, u64 size) {
    Ref<Inode> copy = TRY(into.create_unnamed(now.mode & kModeMask, owner_of(now)));
    const u64 wanted = std::min(now.size, size);
    std::vector<u8> bytes(static_cast<size_t>(std::min<u64>(wanted, kChunk)));
    for (u64 at = 0; at < wanted;) {
        const auto piece =
            std::span(bytes).first(static_cast<size_t>(std::min<u64>(bytes.size(), wanted - at)));
        if (fs_->names_turn()->mine()) {
            fs_->upper().prepare_beside(kChunkRoom, false, [] { return Result<void>(); });
            below_->prefetch(at, piece.size());
        }
        const size_t got = TRY(below_->read_at(at, piece));
        if (got == 0) return err(Errno::Eio);
        for (size_t done = 0; done < got;) {
            const auto block = piece.first(got).subspan(done, std::min<size_t>(got - done, kPageSize));
            if (!all_zero(block) && TRY(copy->write_at(at + done, block)) != block.size())
                return err(Errno::Enospc);
            done += block.size();
        }
        at += got;
    }
    return copy;
}

Result<Ref<Inode>> LayeredInode::make_copy(SecureInode& into, const Attributes& now, u64 size) {
    if (type() == kTypeRegular) return copy_file(into, now, size);
    if (type() == kTypeLink) return into.symlink(name_, TRY(below_->read_link()), owner_of(now));
    return into.create(name_, now.mode, now.rdev, owner_of(now));
}

Result<void> LayeredInode::copy_attributes(Inode& copy, const Attributes& now, u64 size) {
    AttributeChange same{.uid = now.uid, .gid = now.gid, .accessed = now.accessed, .modified = now.modified};
    if (!is_link()) same.mode = now.mode & kModeMask;
    if (is_regular()) same.size = std::min(now.size, size);
    TRY(copy_xattrs(*below_, copy));
    return copy.change(same);
}

Result<void> LayeredInode::copy_one(u64 size) {
    Ref<LayeredDirectory> parent(*parent_);
    Ref<SecureInode> into(*parent->above_);
    const Attributes now = TRY(below_->attributes()), around = TRY(into->attributes());
    auto make = [&]() -> Result<Ref<Inode>> {
        Ref<Inode> copy = TRY(make_copy(*into, now, size));
        TRY(copy_attributes(*copy, now, size));
        return copy;
    };
    auto place = [&](Ref<Inode> copy) -> Result<void> {
        if (is_regular() && !nameless_) TRY(into->link(name_, *copy));
        // The directory's contents are, to those who look, what they were.
        return into->change({.accessed = around.accessed, .modified = around.modified});
    };
    // A removed file of another type has lost its place; its attributes cannot change any more.
    if (nameless_ && !is_regular()) return err(Errno::Enoent);
    RefPtr<Inode> copy;
    if (is_regular()) {
        Ref<Inode> file = TRY(make());
        TRY(fs_->as_whole([&] { return place(file); }));
        copy = RefPtr<Inode>(file);
    } else {
        TRY(fs_->as_whole([&]() -> Result<void> {
            Ref<Inode> made = TRY(make());
            copy = RefPtr<Inode>(made);
            return place(made);
        }));
    }
    above_ = RefPtr<SecureInode>(static_cast<SecureInode&>(*copy));
    parent_ = nullptr;
    if (!nameless_ && names_below_ > 0) --names_below_;
    if (is_directory()) {
        names_below_ = 0;
        parent->hidden_.reset();
    }
    if (names_below_ > 0) fs_->keep_linked(*this);
    fs_->copied_up(*this);
    return {};
}

}  // namespace occlum::kernel
