#include "kernel/fs/host/volume.h"

#include <algorithm>

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/regular_file.h"
#include "kernel/fs/time.h"

namespace occlum::kernel {
namespace {

constexpr size_t kChunk = 64 << 10;

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

Result<void> checked(Result<void> answer) {
    if (!answer) return err(checked_path_error(answer.error()));
    return {};
}

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
    void wrote(u64 offset, std::span<const u8> bytes, u64 changes_before);
    std::string child_path(std::string_view name) const { return join_path(path(), name); }

    Ref<Volume> volume_;
    RefPtr<VolumeInode> parent_;  // null: the root
    bool gone_ = false;           // its name is, or may be another file's: the host is not asked by it
    std::string target_;          // of a link, once known
    std::string name_;
    Attributes attributes_;
    Ref<HostFile> bytes_;
    FileData data_;
    Turn contents_;
    bool writing_ = false;  // by the task whose turn it is
    u64 version_ = next_content_version();
    std::vector<enclave::HostDirEntry> listing_;                 // as of the last read from the start
    std::map<std::string, VolumeInode*, std::less<>> children_;  // those alive
};

std::string VolumeBytes::path() const { return inode_.path(); }
std::optional<std::string> VolumeBytes::next_path() const { return inode_.next_path(); }

RefPtr<VolumeInode> VolumeInode::leave_parent() {
    RefPtr<VolumeInode> parent = std::exchange(parent_, nullptr);
    if (!parent) return nullptr;
    auto found = parent->children_.find(name_);
    if (found != parent->children_.end() && found->second == this) parent->children_.erase(found);
    return parent;
}

VolumeInode::~VolumeInode() {
    // One by one, as with dentries: the chain may be long.
    RefPtr<VolumeInode> next = leave_parent();
    while (next && next->ref_count() == 1) next = next->leave_parent();
}

std::string VolumeInode::path() const {
    std::string path = name_;
    for (const VolumeInode* at = parent_.get(); at != nullptr && at->parent_; at = at->parent_.get())
        path = join_path(at->name_, path);
    return path;
}

// As path(), once the rename under way is done; nothing when that makes no difference.
std::optional<std::string> VolumeInode::next_path() const {
    if (!volume_->move) return std::nullopt;
    std::string below;
    for (const VolumeInode* at = this; at != nullptr; at = at->parent_.get()) {
        if (at == volume_->move->inode)
            return below.empty() ? volume_->move->path : join_path(volume_->move->path, below);
        below = below.empty() ? at->name_ : join_path(at->name_, below);
    }
    return std::nullopt;
}

void VolumeInode::foresee(Foresight what, std::string_view name) {
    auto needless = [&] {
        switch (what) {
            case Foresight::Name:
                return children_.contains(name);
            case Foresight::Open:
                return !is_regular();
            case Foresight::Link:
                return !target_.empty();
            case Foresight::Change:
                return true;
            default:
                return false;
        }
    };
    if (gone_ || needless() || !may_leave_lock()) return;
    const OwnTurn turn(&volume_->turn);
    if (gone_ || needless()) return;
    const u64 version = version_;
    const std::string where = what == Foresight::Name ? child_path(name) : path();
    volume_->tree->ask_ahead(what, where);
    // What was said of the size may be from before a write.
    if (version != version_) volume_->tree->forget_answers();
}

FileSystemInfo VolumeInode::file_system() {
    // The host's free space is its own affair.
    constexpr u64 kPlenty = u64{1} << 28;
    return {.magic = 0x0102'1997,
            .blocks = kPlenty,
            .free_blocks = kPlenty,
            .files = kPlenty,
            .free_files = kPlenty,
            .device = volume_->device,
            .type = "9p"};
}

// Looks at the host's file again; what is cached goes when it has changed.
Result<void> VolumeInode::refresh() {
    if (gone_) return {};
    const std::string where = path();
    const u64 version = version_;
    Attributes now = TRY(volume_->stat(where));
    // What was said of the size may be from before a write.
    if (version != version_) now = TRY(volume_->tree->stat(where));
    if ((now.mode & kTypeMask) != type()) return err(Errno::Estale);
    now.device = volume_->device;
    if (now.size != attributes_.size || now.modified != attributes_.modified) {
        data_.source_resized(now.size);
        version_ = next_content_version();
    }
    attributes_ = now;
    return {};
}

Result<Ref<Inode>> VolumeInode::lookup(std::string_view name) {
    auto known = children_.find(name);
    if (known != children_.end()) return Ref<Inode>(*known->second);
    if (gone_) return err(Errno::Enoent);
    Attributes now = TRY(volume_->stat(child_path(name)));
    known = children_.find(name);
    if (known != children_.end()) return Ref<Inode>(*known->second);
    auto child = make_ref<VolumeInode>(volume_, RefPtr<VolumeInode>(this), std::string(name), now);
    children_.insert_or_assign(std::string(name), child.get());
    return Ref<Inode>(child);
}

Result<Ref<Inode>> VolumeInode::create(std::string_view name, u32 mode, u64, const Credentials& owner) {
    if (gone_) return err(Errno::Enoent);
    const std::string where = child_path(name);
    const u32 type = mode & kTypeMask, permissions = mode & kModeMask;
    if (type != kTypeDirectory && type != kTypeRegular) return err(Errno::Eperm);
    TRY(checked(volume_->turn.at_host([&] {
        return type == kTypeDirectory ? enclave::make_dir(volume_->mount(), where, permissions)
                                      : enclave::make_file(volume_->mount(), where, permissions);
    })));
    static_cast<void>(refresh());
    return given_to(owner, TRY(lookup(name)));
}

Result<Ref<Inode>> VolumeInode::symlink(std::string_view name, std::string_view target,
                                        const Credentials& owner) {
    if (gone_) return err(Errno::Enoent);
    const std::string where = child_path(name);
    TRY(checked(
        volume_->turn.at_host([&] { return enclave::make_symlink(volume_->mount(), where, target); })));
    static_cast<void>(refresh());
    return given_to(owner, TRY(lookup(name)));
}

// What was just made belongs to the user of the host that runs the enclave. It becomes its maker's where that
// user may do it.
Result<Ref<Inode>> VolumeInode::given_to(const Credentials& owner, Ref<Inode> made) {
    const Attributes now = TRY(made->attributes());
    const bool inherits = (attributes_.mode & kModeSetGid) != 0;
    const u32 gid = inherits ? now.gid : owner.fsgid;
    if (volume_->keeps_owners || (now.uid == owner.fsuid && now.gid == gid)) return made;
    // A change of the owner takes these bits away.
    const bool marked = (now.mode & (kModeSetUid | kModeSetGid)) != 0;
    const Result<void> changed = made->change(
        {.mode = marked ? std::optional(now.mode) : std::nullopt, .uid = owner.fsuid, .gid = gid});
    if (!changed && changed.error() == Errno::Eperm) volume_->keeps_owners = true;
    return made;
}

Result<void> VolumeInode::link(std::string_view name, Inode& target) {
    auto& file = static_cast<VolumeInode&>(target);  // same device, so the same kind
    if (gone_ || file.gone_) return err(Errno::Enoent);
    const std::string from = file.path(), where = child_path(name);
    TRY(checked(volume_->turn.at_host([&] { return enclave::make_link(volume_->mount(), from, where); })));
    static_cast<void>(file.refresh());
    return {};
}

Result<void> VolumeInode::remove(std::string_view name, bool directory) {
    auto known = children_.find(name);
    RefPtr<VolumeInode> child = known != children_.end() ? RefPtr<VolumeInode>(known->second) : nullptr;
    if (child) child->keep();
    const std::string where = child_path(name);
    TRY(checked(volume_->turn.at_host([&] { return enclave::unlink(volume_->mount(), where, directory); })));
    if (child) child->lose_name();
    static_cast<void>(refresh());
    return {};
}

Result<void> VolumeInode::rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                 u32 flags) {
    if ((flags & kRenameExchange) != 0) return err(Errno::Einval);
    auto& destination = static_cast<VolumeInode&>(new_parent);  // same device, so the same kind
    if (destination.gone_) return err(Errno::Enoent);
    Ref<Inode> child = TRY(lookup(name));
    auto replaced = destination.children_.find(new_name);
    RefPtr<VolumeInode> target =
        replaced != destination.children_.end() ? RefPtr<VolumeInode>(replaced->second) : nullptr;
    if (target) target->keep();
    auto& moved = static_cast<VolumeInode&>(*child);
    const std::string from = child_path(name), to = destination.child_path(new_name);
    volume_->move = {.inode = &moved, .path = to};
    const Result<void> renamed =
        volume_->turn.at_host([&] { return enclave::rename(volume_->mount(), from, to); });
    volume_->move.reset();
    TRY(checked(renamed));
    if (target) target->lose_name();
    children_.erase(moved.name_);
    moved.name_ = std::string(new_name);
    moved.parent_ = RefPtr<VolumeInode>(destination);
    destination.children_.insert_or_assign(moved.name_, &moved);
    static_cast<void>(refresh());
    static_cast<void>(destination.refresh());
    return {};
}

Result<void> VolumeInode::read_directory(u64 cookie, DirectorySink& sink) {
    constexpr u64 kFirst = 3;
    if (gone_) return {};
    if (cookie < kFirst) listing_ = TRY(volume_->tree->list(path()));
    for (u64 i = cookie < kFirst ? 0 : cookie - kFirst + 1; i < listing_.size(); ++i) {
        const enclave::HostDirEntry& entry = listing_[i];
        if (!sink.take({.name = entry.name,
                        .inode = entry.inode & ((u64{1} << 56) - 1),
                        .type = static_cast<u8>(entry.type & 15),
                        .next_cookie = i + kFirst}))
            break;
    }
    return {};
}

Result<void> VolumeInode::set_size(u64 size) {
    open_bytes();
    TRY(bytes_->truncate(size, contents_.mine()));
    data_.source_resized(size);
    version_ = next_content_version();
    attributes_.size = size;
    attributes_.modified = attributes_.changed = file_time_now();
    return {};
}

Result<void> VolumeInode::change(const AttributeChange& change) {
    if (change.size) {
        const OwnTurn turn(&contents_);
        TRY(set_size(*change.size));
    }
    abi::SetAttributesWire wire{};
    if (change.mode) {
        wire.mask |= abi::kSetMode;
        wire.mode = *change.mode & kModeMask;
    }
    if (change.uid || change.gid) {
        wire.mask |= abi::kSetOwner;
        wire.uid = change.uid.value_or(attributes_.uid);
        wire.gid = change.gid.value_or(attributes_.gid);
    }
    if (change.touched) {
        wire.mask |= abi::kSetTimesNow;
    } else if (change.accessed || change.modified) {
        wire.mask |= abi::kSetTimes;
        TimeSpec accessed = change.accessed.value_or(attributes_.accessed);
        TimeSpec modified = change.modified.value_or(attributes_.modified);
        wire.atime_s = accessed.seconds;
        wire.atime_ns = accessed.nanoseconds;
        wire.mtime_s = modified.seconds;
        wire.mtime_ns = modified.nanoseconds;
    }
    if (wire.mask == 0) return {};
    const OwnTurn turn(&volume_->turn);
    if (gone_) return change_here(change);
    const std::string where = path();
    TRY(checked(
        volume_->turn.at_host([&] { return enclave::set_attributes(volume_->mount(), where, wire); })));
    return refresh();
}

// Of a file that the host cannot be asked to change any more.
Result<void> VolumeInode::change_here(const AttributeChange& change) {
    if (change.mode) attributes_.mode = type() | (*change.mode & kModeMask);
    attributes_.uid = change.uid.value_or(attributes_.uid);
    attributes_.gid = change.gid.value_or(attributes_.gid);
    attributes_.accessed = change.accessed.value_or(attributes_.accessed);
    attributes_.modified = change.modified.value_or(attributes_.modified);
    attributes_.changed = file_time_now();
    return {};
}

// Opens the host's file while others go on; when it is not the time for that, handle() does it.
void VolumeInode::open_bytes() {
    if (bytes_->is_open() || !volume_->turn.try_take()) return;
    bytes_->open_ahead();
    volume_->turn.leave();
}

// Its name is about to go, and somebody may have it open, or be about to follow it: what it holds must stay
// within reach.
void VolumeInode::keep() {
    if (is_link() && target_.empty()) {
        foresee(Foresight::Link, {});
        static_cast<void>(read_link());
    }
    if (!is_regular()) return;
    open_bytes();
    static_cast<void>(bytes_->hold());
}

void VolumeInode::lose_name() {
    gone_ = true;
    if (auto here = parent_->children_.find(name_); here != parent_->children_.end() && here->second == this)
        parent_->children_.erase(here);
    if (attributes_.links > 0) --attributes_.links;
    attributes_.changed = file_time_now();
}

Result<std::string> VolumeInode::read_link() {
    if (!target_.empty()) return target_;
    if (gone_) return err(Errno::Enoent);
    target_ = TRY(volume_->tree->read_link(path()));
    return target_;
}

void VolumeInode::prefetch(u64 offset, u64 size) {
    if (is_regular()) open_bytes();
    data_.prefetch(offset, size);
}

Result<size_t> VolumeInode::read_data(u64 offset, const UserBuffer& to) {
    if (is_directory()) return err(Errno::Eisdir);
    if (offset >= attributes_.size) return size_t{0};
    return data_.read(offset, to.slice(0, std::min<u64>(to.size(), attributes_.size - offset)));
}

Result<size_t> VolumeInode::read_uncached(u64 offset, std::span<u8> out) {
    if (is_directory()) return err(Errno::Eisdir);
    if (LongCalls::allowed()) open_bytes();
    if (offset >= attributes_.size) return size_t{0};
    const size_t size = static_cast<size_t>(std::min<u64>(out.size(), attributes_.size - offset));
    TRY(data_.read_uncached(offset, out.first(size)));
    return size;
}

// What the host has taken. When somebody else wrote meanwhile, only the host knows the result.
void VolumeInode::wrote(u64 offset, std::span<const u8> bytes, u64 changes_before) {
    const bool alone = data_.changes() == changes_before;
    data_.update_clean(offset, bytes);
    if (!alone) data_.drop_clean();
    // What lies between the old end and the new bytes is a hole.
    const u64 end = offset + bytes.size();
    const u64 added = std::max(page_down(offset), page_up(attributes_.size));
    if (page_up(end) > added) attributes_.blocks += (page_up(end) - added) / 512;
    attributes_.size = std::max(attributes_.size, end);
    attributes_.modified = attributes_.changed = file_time_now();
    version_ = next_content_version();
}

// The copies out of the guest may fault and come back here, to write what is in a shared mapping: that is
// done under the lock.
Result<size_t> VolumeInode::write_data(u64 offset, const UserBuffer& from) {
    if (from.size() > kMaxFileSize || offset > kMaxFileSize - from.size()) return err(Errno::Efbig);
    const bool beside = LongCalls::allowed() && contents_.mine() && !writing_;
    if (beside) {
        writing_ = true;
        open_bytes();
    }
    std::vector<u8> bytes(std::min(from.size(), kChunk));
    size_t done = 0;
    Result<void> result;
    while (done < from.size()) {
        std::span<u8> piece = std::span(bytes).first(std::min(bytes.size(), from.size() - done));
        result = from.copy_from(done, piece);
        if (!result) break;
        const u64 changes = data_.changes();
        Result<size_t> put = bytes_->write(offset + done, piece, beside);
        if (!put || *put == 0) {
            result = err(put ? Errno::Eio : put.error());
            break;
        }
        wrote(offset + done, piece.first(*put), changes);
        done += *put;
    }
    if (beside) writing_ = false;
    if (!result && done == 0) return err(result.error());
    return done;
}

Result<Ref<OpenFile>> VolumeInode::open(u32 flags) {
    if (is_directory()) return Ref<OpenFile>(make_ref<DirectoryFile>(flags, Ref<Inode>(*this)));
    if (!is_regular()) return err(Errno::Enxio);
    // Others may have written to it.
    static_cast<void>(refresh());
    return Ref<OpenFile>(make_ref<RegularFile>(flags, Ref<Inode>(*this)));
}

}  // namespace

Result<Ref<Inode>> open_volume(Ref<HostTree> tree) {
    Attributes root = TRY(tree->stat(""));
    if ((root.mode & kTypeMask) != kTypeDirectory) return err(Errno::Enotdir);
    return Ref<Inode>(make_ref<VolumeInode>(make_ref<Volume>(tree), nullptr, std::string(), root));
}

}  // namespace occlum::kernel
