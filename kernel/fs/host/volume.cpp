#include "kernel/fs/host/volume.h"

#include <algorithm>

#include "kernel/fs/dev/devices.h"
#include "kernel/fs/host/volume_inode.h"
#include "kernel/fs/regular_file.h"
#include "kernel/fs/time.h"
#include "kernel/ipc/fifo.h"

namespace occlum::kernel {
namespace {

constexpr size_t kChunk = 64 << 10;

}  // namespace

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
    if (gone_ || only_here_) return {};
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
    if (gone_ || only_here_) return change_here(change);
    const std::string where = path();
    TRY(checked(
        volume_->turn.at_host([&] { return enclave::set_attributes(volume_->mount(), where, wire); })));
    return refresh();
}

// Of a file that the host cannot be asked to change.
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
    if (only_here_ && type() == kTypeFifo) {
        if (!fifo_) fifo_ = RefPtr<Pipe>(make_ref<Pipe>());
        // Opening may sleep: this inode must survive that.
        const Ref<VolumeInode> keep(*this);
        return open_fifo(*fifo_, flags);
    }
    if (only_here_ && type() == kTypeCharacter) return open_device(attributes_.rdev, flags);
    if (!is_regular()) return err(Errno::Enxio);
    // Others may have written to it.
    static_cast<void>(refresh());
    return Ref<OpenFile>(make_ref<RegularFile>(flags, Ref<Inode>(*this)));
}

Result<Ref<Inode>> open_volume(Ref<HostTree> tree) {
    Attributes root = TRY(tree->stat(""));
    if ((root.mode & kTypeMask) != kTypeDirectory) return err(Errno::Enotdir);
    return Ref<Inode>(make_ref<VolumeInode>(make_ref<Volume>(tree), nullptr, std::string(), root));
}

}  // namespace occlum::kernel
