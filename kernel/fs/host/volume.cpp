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
};

Result<void> checked(Result<void> answer) {
    if (!answer) return err(checked_path_error(answer.error()));
    return {};
}

// Bytes of a file whose path changes with renames above it.
class VolumeBytes final : public HostFile {
public:
    VolumeBytes(Ref<HostTree> tree, VolumeInode& inode)
        : HostFile(std::move(tree), {}, true), inode_(inode) {}

protected:
    std::string path() const override;

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
    Result<Attributes> attributes() override { return attributes_; }
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override;
    bool absence_is_stable() const override { return false; }

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
    Result<std::string> read_link() override { return volume_->tree->read_link(path()); }

    Result<size_t> read_data(u64 offset, const UserBuffer& to) override;
    Result<size_t> write_data(u64 offset, const UserBuffer& from) override;
    void prefetch(u64 offset, u64 size) override { data_.prefetch(offset, size); }
    Result<size_t> read_uncached(u64 offset, std::span<u8> out) override;
    /// Names are the host's to keep.
    Result<void> sync() override { return is_directory() ? Result<void>() : bytes_->sync(); }
    Result<Ref<OpenFile>> open(u32 flags) override;
    u64 content_version() override { return version_; }

private:
    Result<void> refresh();
    RefPtr<VolumeInode> leave_parent();
    Result<void> set_size(u64 size);
    Result<void> remove(std::string_view name, bool directory);
    std::string child_path(std::string_view name) const { return join_path(path(), name); }

    Ref<Volume> volume_;
    RefPtr<VolumeInode> parent_;  // null: the root
    std::string name_;
    Attributes attributes_;
    Ref<HostFile> bytes_;
    FileData data_;
    u64 version_ = next_content_version();
    std::vector<enclave::HostDirEntry> listing_;                 // as of the last read from the start
    std::map<std::string, VolumeInode*, std::less<>> children_;  // those alive
};

std::string VolumeBytes::path() const { return inode_.path(); }

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
    Attributes now = TRY(volume_->tree->stat(path()));
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
    Attributes now = TRY(volume_->tree->stat(child_path(name)));
    auto child = make_ref<VolumeInode>(volume_, RefPtr<VolumeInode>(this), std::string(name), now);
    children_.insert_or_assign(std::string(name), child.get());
    return Ref<Inode>(child);
}

Result<Ref<Inode>> VolumeInode::create(std::string_view name, u32 mode, u64, const Credentials&) {
    std::string where = child_path(name);
    switch (mode & kTypeMask) {
        case kTypeDirectory:
            TRY(checked(enclave::make_dir(volume_->mount(), where, mode & kModeMask)));
            break;
        case kTypeRegular:
            TRY(checked(enclave::make_file(volume_->mount(), where, mode & kModeMask)));
            break;
        default:
            return err(Errno::Eperm);
    }
    static_cast<void>(refresh());
    return lookup(name);
}

Result<Ref<Inode>> VolumeInode::symlink(std::string_view name, std::string_view target, const Credentials&) {
    TRY(checked(enclave::make_symlink(volume_->mount(), child_path(name), target)));
    static_cast<void>(refresh());
    return lookup(name);
}

Result<void> VolumeInode::link(std::string_view name, Inode& target) {
    auto& file = static_cast<VolumeInode&>(target);  // same device, so the same kind
    TRY(checked(enclave::make_link(volume_->mount(), file.path(), child_path(name))));
    static_cast<void>(file.refresh());
    return {};
}

Result<void> VolumeInode::remove(std::string_view name, bool directory) {
    auto known = children_.find(name);
    RefPtr<VolumeInode> child = known != children_.end() ? RefPtr<VolumeInode>(known->second) : nullptr;
    // Somebody may have it open: its bytes must stay within reach.
    if (child && child->is_regular()) static_cast<void>(child->bytes_->hold());
    TRY(checked(enclave::unlink(volume_->mount(), child_path(name), directory)));
    if (child) {
        children_.erase(child->name_);
        if (child->attributes_.links > 0) --child->attributes_.links;
        child->attributes_.changed = file_time_now();
    }
    static_cast<void>(refresh());
    return {};
}

Result<void> VolumeInode::rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                 u32 flags) {
    if ((flags & kRenameExchange) != 0) return err(Errno::Einval);
    auto& destination = static_cast<VolumeInode&>(new_parent);  // same device, so the same kind
    Ref<Inode> child = TRY(lookup(name));
    auto replaced = destination.children_.find(new_name);
    RefPtr<VolumeInode> target =
        replaced != destination.children_.end() ? RefPtr<VolumeInode>(replaced->second) : nullptr;
    if (target && target->is_regular()) static_cast<void>(target->bytes_->hold());
    TRY(checked(enclave::rename(volume_->mount(), child_path(name), destination.child_path(new_name))));
    if (target) {
        destination.children_.erase(target->name_);
        if (target->attributes_.links > 0) --target->attributes_.links;
    }
    auto& moved = static_cast<VolumeInode&>(*child);
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
    TRY(bytes_->truncate(size));
    data_.source_resized(size);
    version_ = next_content_version();
    attributes_.size = size;
    attributes_.modified = attributes_.changed = file_time_now();
    return {};
}

Result<void> VolumeInode::change(const AttributeChange& change) {
    if (change.size) TRY(set_size(*change.size));
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
    if (change.accessed || change.modified) {
        wire.mask |= abi::kSetTimes;
        TimeSpec accessed = change.accessed.value_or(attributes_.accessed);
        TimeSpec modified = change.modified.value_or(attributes_.modified);
        wire.atime_s = accessed.seconds;
        wire.atime_ns = accessed.nanoseconds;
        wire.mtime_s = modified.seconds;
        wire.mtime_ns = modified.nanoseconds;
    }
    if (wire.mask == 0) return {};
    TRY(checked(enclave::set_attributes(volume_->mount(), path(), wire)));
    return refresh();
}

Result<size_t> VolumeInode::read_data(u64 offset, const UserBuffer& to) {
    if (is_directory()) return err(Errno::Eisdir);
    if (offset >= attributes_.size) return size_t{0};
    return data_.read(offset, to.slice(0, std::min<u64>(to.size(), attributes_.size - offset)));
}

Result<size_t> VolumeInode::read_uncached(u64 offset, std::span<u8> out) {
    if (is_directory()) return err(Errno::Eisdir);
    if (offset >= attributes_.size) return size_t{0};
    const size_t size = static_cast<size_t>(std::min<u64>(out.size(), attributes_.size - offset));
    TRY(data_.read_uncached(offset, out.first(size)));
    return size;
}

Result<size_t> VolumeInode::write_data(u64 offset, const UserBuffer& from) {
    if (from.size() > kMaxFileSize || offset > kMaxFileSize - from.size()) return err(Errno::Efbig);
    std::vector<u8> bytes(std::min(from.size(), kChunk));
    size_t done = 0;
    while (done < from.size()) {
        std::span<u8> piece = std::span(bytes).first(std::min(bytes.size(), from.size() - done));
        Result<void> copied = from.copy_from(done, piece);
        Result<size_t> put = copied ? bytes_->write(offset + done, piece) : err(copied.error());
        if (!put || *put == 0) {
            if (done != 0) break;
            return err(put ? Errno::Eio : put.error());
        }
        data_.update_clean(offset + done, piece.first(*put));
        done += *put;
        attributes_.size = std::max(attributes_.size, offset + done);
    }
    version_ = next_content_version();
    attributes_.blocks = page_up(attributes_.size) / 512;
    attributes_.modified = attributes_.changed = file_time_now();
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
