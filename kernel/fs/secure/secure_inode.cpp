#include "kernel/fs/secure/secure_inode.h"

#include "kernel/fs/dev/devices.h"
#include "kernel/fs/regular_file.h"
#include "kernel/fs/time.h"
#include "kernel/ipc/fifo.h"
#include "kernel/sched/long_call.h"

namespace occlum::kernel {
namespace {

constexpr size_t kChunk = 256 << 10;
// Blocks that a change of names or attributes may take, in all directories and inodes concerned.
constexpr u64 kRoom = 40;

TimeSpec to_kernel(const storage::Time& time) {
    return {.seconds = time.seconds, .nanoseconds = time.nanoseconds};
}
storage::Time to_storage(const TimeSpec& time) {
    return {.seconds = time.seconds, .nanoseconds = time.nanoseconds};
}
// Blocks that so many bytes may take, with the index blocks above.
constexpr u64 room_for(u64 bytes) {
    const u64 blocks = bytes / storage::kBlockSize + 2;
    return blocks + blocks / storage::kFanout + 16;
}

storage::NewNode node_of(u32 mode, u64 rdev, const Credentials& owner) {
    return {.mode = mode, .uid = owner.fsuid, .gid = owner.fsgid, .rdev = rdev};
}

class EntrySink final : public storage::NameSink {
public:
    explicit EntrySink(DirectorySink& sink) : sink_(sink) {}
    bool take(const storage::Name& name) override {
        return sink_.take(
            {.name = name.name, .inode = name.inode, .type = name.type, .next_cookie = name.next_cookie});
    }

private:
    DirectorySink& sink_;
};

// Wants no names: what makes them is all that is asked for.
class NoEntries final : public storage::NameSink {
public:
    bool take(const storage::Name&) override { return false; }
};

}  // namespace

SecureInode::SecureInode(Ref<SecureFileSystem> fs, u64 number, u32 mode)
    : Inode(mode), fs_(std::move(fs)), number_(number) {}

SecureInode::~SecureInode() { fs_->forget(number_); }

Result<Attributes> SecureInode::attributes() {
    storage::Attributes now = TRY(files().attributes(number_));
    return Attributes{.device = fs_->device(),
                      .inode = number_,
                      .mode = now.mode,
                      .links = now.links,
                      .uid = now.uid,
                      .gid = now.gid,
                      .rdev = now.rdev,
                      .size = now.size,
                      .blocks = now.blocks * (storage::kBlockSize / 512),
                      .accessed = to_kernel(now.accessed),
                      .modified = to_kernel(now.modified),
                      .changed = to_kernel(now.changed),
                      .born = to_kernel(now.born)};
}

Result<void> SecureInode::change(const AttributeChange& change) {
    storage::AttributeChange wanted{
        .mode = change.mode, .uid = change.uid, .gid = change.gid, .size = change.size};
    if (change.accessed) wanted.accessed = to_storage(*change.accessed);
    if (change.modified) wanted.modified = to_storage(*change.modified);
    fs_->changed();
    const OwnTurn turn(contents_turn());
    u64 next = 0;
    fs_->prepare(kRoom, change.size.has_value(), [&]() -> Result<void> {
        if (!change.size) return files().foresee_change(number_);
        const u64 size = TRY(files().attributes(number_)).size;
        return files().foresee_range(number_, *change.size, std::max(*change.size, size), next);
    });
    TRY(files().change(number_, wanted));
    if (change.size) version_ = next_content_version();
    return {};
}

Result<Ref<Inode>> SecureInode::child(u64 number) {
    Ref<SecureInode> child = TRY(SecureFileSystem::inode(fs_, number));
    return Ref<Inode>(child);
}

Result<Ref<Inode>> SecureInode::lookup(std::string_view name) {
    return child(TRY(files().lookup(number_, name)));
}

void SecureInode::foresee(Foresight what, std::string_view name) {
    const Ref<SecureFileSystem> fs(fs_);
    const u64 number = number_;
    auto find = [&]() -> Result<void> {
        const u64 found = TRY(files().lookup(number, name));
        TRY(files().attributes(found));
        if (fs->is_layer()) TRY(files().list_xattrs(found));  // its marks
        return {};
    };
    auto load_names = [&]() -> Result<void> {
        TRY(files().foresee_change(number));
        NoEntries none;
        return files().list(number, 0, none);
    };
    switch (what) {
        case Foresight::Name:
            return fs->reader().ahead(find);
        case Foresight::Names:
            if (is_directory()) fs->reader().ahead(load_names);
            return;
        case Foresight::Change:
            return fs->prepare_beside(
                kRoom, false, [&] { return is_directory() ? load_names() : files().foresee_change(number); });
        case Foresight::Link:
            return fs->reader().ahead([&] { return files().read_link(number); });
        case Foresight::Open:
            return;
    }
}

void SecureInode::prefetch(u64 offset, u64 size) {
    constexpr u64 kMost = 8 << 20;
    if (files().is_near(number_, offset, std::min(size, kMost))) return;
    const auto now = files().attributes(number_);
    if (!is_regular() || !now || size == 0 || offset >= now->size) return;
    const Ref<SecureFileSystem> fs(fs_);
    const u64 end = offset + std::min({size, kMost, now->size - offset});
    u64 next = offset / storage::kBlockSize;
    fs->reader().ahead([&]() -> Result<void> {
        TRY(files().foresee_change(number_));  // the time of the access
        for (; next * storage::kBlockSize < end; ++next) TRY(files().read_block(number_, next));
        return {};
    });
}

// Of names. Whoever has another turn, as a layered file system, was told to foresee the change before.
void SecureInode::prepare_names(std::string_view name, Inode& other, std::string_view other_name) {
    if (!fs_->names_turn()->mine()) return;
    const u64 other_number = static_cast<SecureInode&>(other).number_;  // same device, so the same kind
    fs_->prepare(kRoom, false, [&]() -> Result<void> {
        if (!name.empty()) TRY(files().foresee_name(number_, name));
        if (!other_name.empty()) return files().foresee_name(other_number, other_name);
        return files().foresee_change(other_number);
    });
}

Result<Ref<Inode>> SecureInode::create(std::string_view name, u32 mode, u64 rdev, const Credentials& owner) {
    fs_->changed();
    prepare_names(name, *this, {});
    return child(TRY(files().create(number_, name, node_of(mode, rdev, owner))));
}

Result<Ref<Inode>> SecureInode::symlink(std::string_view name, std::string_view target,
                                        const Credentials& owner) {
    fs_->changed();
    prepare_names(name, *this, {});
    return child(TRY(files().symlink(number_, name, target, node_of(kTypeLink | 0777, 0, owner))));
}

Result<Ref<Inode>> SecureInode::create_unnamed(u32 mode, const Credentials& owner) {
    fs_->changed();
    fs_->prepare(kRoom, false, [&] { return files().foresee_new(); });
    storage::NewNode node = node_of(kTypeRegular | (mode & kModeMask), 0, owner);
    storage::Attributes here = TRY(files().attributes(number_));
    if ((here.mode & kModeSetGid) != 0) node.gid = here.gid;
    return child(TRY(files().create_unnamed(node)));
}

Result<void> SecureInode::link(std::string_view name, Inode& target) {
    fs_->changed();
    prepare_names(name, target, {});
    return files().link(number_, name,
                        static_cast<SecureInode&>(target).number_);  // same device, so the same kind
}

Result<void> SecureInode::unlink(std::string_view name) {
    fs_->changed();
    prepare_names(name, *this, {});
    return files().unlink(number_, name);
}

Result<void> SecureInode::rmdir(std::string_view name) {
    fs_->changed();
    prepare_names(name, *this, {});
    return files().rmdir(number_, name);
}

Result<void> SecureInode::rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                 u32 flags) {
    fs_->changed();
    prepare_names(name, new_parent, new_name);
    auto& destination = static_cast<SecureInode&>(new_parent);  // same device, so the same kind
    return files().rename(number_, name, destination.number_, new_name, flags);
}

Result<void> SecureInode::read_directory(u64 cookie, DirectorySink& sink) {
    storage::Attributes now = TRY(files().attributes(number_));
    if (now.links == 0) return err(Errno::Enoent);
    touch_accessed(now);
    EntrySink entries(sink);
    return files().list(number_, cookie, entries);
}

Result<std::string> SecureInode::read_link() { return files().read_link(number_); }

// As relatime: when the last access is not newer than the last change.
void SecureInode::touch_accessed(const storage::Attributes& now) {
    if (now.accessed > now.modified && now.accessed > now.changed) return;
    fs_->changed();
    files().set_accessed(number_, to_storage(file_time_now()));
}

// Blocks are held while they are copied: the copy may fault, and the fault may read this file.
Result<size_t> SecureInode::read_data(u64 offset, const UserBuffer& to) {
    storage::Attributes now = TRY(files().attributes(number_));
    if (offset >= now.size || to.size() == 0) return size_t{0};
    touch_accessed(now);
    size_t wanted = static_cast<size_t>(std::min<u64>(to.size(), now.size - offset)), done = 0;
    while (done < wanted) {
        u64 at = offset + done;
        size_t start = static_cast<size_t>(at % storage::kBlockSize);
        size_t count = std::min(wanted - done, storage::kBlockSize - start);
        auto block = files().read_block(number_, at / storage::kBlockSize);
        Result<void> copied;
        if (!block)
            copied = err(block.error());
        else if (*block)
            copied = to.copy_to(done, std::span((*block)->bytes).subspan(start, count));
        else
            copied = to.fill(done, 0, count);
        if (!copied && done == 0) return err(copied.error());
        if (!copied) break;
        done += count;
    }
    return done;
}

Result<size_t> SecureInode::write_data(u64 offset, const UserBuffer& from) {
    if (from.size() == 0) return size_t{0};
    if (offset >= storage::FileSystem::kMaxSize) return err(Errno::Efbig);
    fs_->changed();
    // The copies out of the guest may fault and come back here, to write what is in a shared mapping: that is
    // done under the lock.
    const bool beside = LongCalls::allowed() && contents_.mine() && !writing_;
    if (beside) writing_ = true;
    // The copy may sleep, and another writer come along: it makes its own.
    std::vector<u8> bytes = fs_->take_buffer();
    if (bytes.empty()) bytes.resize(kChunk);
    size_t done = 0;
    std::optional<Errno> failure;
    while (done < from.size()) {
        auto piece = std::span(bytes).first(std::min(bytes.size(), from.size() - done));
        Result<void> copied = from.copy_from(done, piece);
        if (copied && beside)
            fs_->prepare_beside(room_for(piece.size()), false,
                                [&] { return files().foresee_write(number_, offset + done, piece.size()); });
        Result<size_t> put = copied ? files().write(number_, offset + done, piece) : err(copied.error());
        version_ = next_content_version();
        if (!put) failure = put.error();
        if (!put || *put == 0) break;
        done += *put;
    }
    if (beside) writing_ = false;
    fs_->give_buffer(std::move(bytes));
    if (failure && done == 0) return err(*failure);
    return done;
}

Result<void> SecureInode::allocate(u32 mode, u64 offset, u64 length) {
    fs_->changed();
    const OwnTurn turn(contents_turn());
    const bool removing = (mode & storage::kAllocatePunch) != 0;
    const bool moving = (mode & (storage::kAllocateCollapse | storage::kAllocateInsert)) != 0;
    u64 next = 0;
    fs_->prepare(removing || moving ? kRoom : room_for(length), removing, [&]() -> Result<void> {
        const u64 size = TRY(files().attributes(number_)).size;
        return files().foresee_range(number_, offset, (moving ? size : offset) + length, next);
    });
    TRY(files().allocate(number_, mode, offset, length));
    version_ = next_content_version();
    return {};
}

Result<u64> SecureInode::seek_data(u64 offset, bool hole) {
    const Ref<SecureFileSystem> fs(fs_);
    const u64 size = TRY(files().attributes(number_)).size;
    u64 next = 0;
    fs->reader().ahead([&] { return files().foresee_range(number_, offset, size, next); });
    return files().seek(number_, offset, hole);
}

void SecureInode::drop_set_id() {
    auto now = files().attributes(number_);
    if (!now) return;
    // Set-gid without group execution is a mark for mandatory locking, not a privilege.
    u32 cleared = kModeSetUid | ((now->mode & 010) != 0 ? kModeSetGid : 0);
    if ((now->mode & cleared) == 0) return;
    fs_->changed();
    fs_->prepare(kRoom, false, [&] { return files().foresee_change(number_); });
    static_cast<void>(files().change(number_, {.mode = now->mode & kModeMask & ~cleared}));
}

bool SecureInode::xattr_allowed(std::string_view name) const {
    bool user = name.starts_with("user.") && name.size() > 5;
    return user && (type() == kTypeRegular || type() == kTypeDirectory);
}

void SecureInode::foresee_xattrs() {
    fs_->prepare_beside(kRoom, false, [&]() -> Result<void> {
        TRY(files().list_xattrs(number_));
        return files().foresee_change(number_);
    });
}

Result<std::string> SecureInode::get_xattr(std::string_view name) {
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Enodata : Errno::Eopnotsupp);
    foresee_xattrs();
    return files().get_xattr(number_, name);
}

Result<void> SecureInode::set_xattr(std::string_view name, std::string_view value, u32 flags) {
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Eperm : Errno::Eopnotsupp);
    fs_->changed();
    foresee_xattrs();
    return files().set_xattr(number_, name, value, flags);
}

Result<void> SecureInode::remove_xattr(std::string_view name) {
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Enodata : Errno::Eopnotsupp);
    fs_->changed();
    foresee_xattrs();
    return files().remove_xattr(number_, name);
}

Result<std::string> SecureInode::list_xattr() {
    foresee_xattrs();
    std::string names;
    for (const std::string& name : TRY(files().list_xattrs(number_))) {
        if (!xattr_allowed(name)) continue;  // marks of a layer (kernel/fs/layers)
        names += name;
        names += '\0';
    }
    return names;
}

Result<Ref<OpenFile>> SecureInode::open(u32 flags) {
    switch (type()) {
        case kTypeDirectory:
            return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
        case kTypeRegular:
            return Ref<OpenFile>(make_ref<RegularFile>(flags, Ref<Inode>(*this)));
        case kTypeLink:
            return err(Errno::Eloop);
        case kTypeFifo: {
            if (!fifo_) fifo_ = RefPtr<Pipe>(make_ref<Pipe>());
            // Opening may sleep: this inode must survive that.
            Ref<SecureInode> keep(*this);
            return open_fifo(*fifo_, flags);
        }
        case kTypeCharacter:
            return open_device(TRY(files().attributes(number_)).rdev, flags);
        default:
            return err(Errno::Enxio);
    }
}

}  // namespace occlum::kernel
