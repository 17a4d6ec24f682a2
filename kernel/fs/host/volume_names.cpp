// Names in a volume, and the nodes that are only here.
#include "kernel/fs/host/volume_inode.h"
#include "kernel/fs/time.h"
#include "kernel/ipc/pipe.h"

namespace occlum::kernel {

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

Result<Ref<Inode>> VolumeInode::create(std::string_view name, u32 mode, u64 rdev, const Credentials& owner) {
    if (gone_) return err(Errno::Enoent);
    const std::string where = child_path(name);
    const u32 type = mode & kTypeMask, permissions = mode & kModeMask;
    if (type != kTypeDirectory && type != kTypeRegular) return make_node(name, mode, rdev, owner);
    TRY(checked(volume_->turn.at_host([&] {
        return type == kTypeDirectory ? enclave::make_dir(volume_->mount(), where, permissions)
                                      : enclave::make_file(volume_->mount(), where, permissions);
    })));
    static_cast<void>(refresh());
    return given_to(owner, TRY(lookup(name)));
}

// The caller has found that there is no such name.
Result<Ref<Inode>> VolumeInode::make_node(std::string_view name, u32 mode, u64 rdev,
                                          const Credentials& owner) {
    static constinit u64 last_number = u64{1} << 55;  // the host's are small
    const TimeSpec now = file_time_now();
    const bool inherits = (attributes_.mode & kModeSetGid) != 0;
    const Attributes attributes{.inode = ++last_number,
                                .mode = mode,
                                .links = 1,
                                .uid = owner.fsuid,
                                .gid = inherits ? attributes_.gid : owner.fsgid,
                                .rdev = rdev,
                                .accessed = now,
                                .modified = now,
                                .changed = now,
                                .born = now};
    auto node = make_ref<VolumeInode>(volume_, RefPtr<VolumeInode>(this), std::string(name), attributes);
    node->only_here_ = true;
    children_.insert_or_assign(std::string(name), node.get());
    nodes_.insert_or_assign(std::string(name), node);
    attributes_.modified = attributes_.changed = now;
    return Ref<Inode>(node);
}

/// Whether there was one.
bool VolumeInode::drop_node(std::string_view name) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) return false;
    const Ref<VolumeInode> node = found->second;
    nodes_.erase(found);
    node->lose_name();
    attributes_.modified = attributes_.changed = file_time_now();
    return true;
}

/// A name of the host's at the new place goes for good.
Result<void> VolumeInode::move_node(VolumeInode& node, VolumeInode& destination, std::string_view new_name) {
    const Ref<VolumeInode> keep(node);
    if (!destination.drop_node(new_name))
        if (auto removed = destination.remove(new_name, false); !removed && removed.error() != Errno::Enoent)
            return removed;
    nodes_.erase(node.name_);
    node.moved_to(destination, new_name);
    destination.nodes_.insert_or_assign(node.name_, keep);
    node.attributes_.changed = file_time_now();
    return {};
}

void VolumeInode::moved_to(VolumeInode& destination, std::string_view new_name) {
    parent_->children_.erase(name_);
    name_ = std::string(new_name);
    parent_ = RefPtr<VolumeInode>(destination);
    destination.children_.insert_or_assign(name_, this);
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
    if (file.only_here_) return err(Errno::Eperm);
    const std::string from = file.path(), where = child_path(name);
    TRY(checked(volume_->turn.at_host([&] { return enclave::make_link(volume_->mount(), from, where); })));
    static_cast<void>(file.refresh());
    return {};
}

Result<void> VolumeInode::remove(std::string_view name, bool directory) {
    if (!directory && drop_node(name)) return {};
    auto known = children_.find(name);
    RefPtr<VolumeInode> child = known != children_.end() ? RefPtr<VolumeInode>(known->second) : nullptr;
    if (child && !child->nodes_.empty()) return err(Errno::Enotempty);
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
    if (target && !target->nodes_.empty()) return err(Errno::Enotempty);
    auto& moved = static_cast<VolumeInode&>(*child);
    if (moved.only_here_) return move_node(moved, destination, new_name);
    if (target) target->keep();
    const std::string from = child_path(name), to = destination.child_path(new_name);
    volume_->move = {.inode = &moved, .path = to};
    const Result<void> renamed =
        volume_->turn.at_host([&] { return enclave::rename(volume_->mount(), from, to); });
    volume_->move.reset();
    TRY(checked(renamed));
    if (!destination.drop_node(new_name) && target) target->lose_name();
    moved.moved_to(destination, new_name);
    static_cast<void>(refresh());
    static_cast<void>(destination.refresh());
    return {};
}

Result<void> VolumeInode::read_directory(u64 cookie, DirectorySink& sink) {
    constexpr u64 kFirst = 3;
    if (gone_) return {};
    if (cookie < kFirst) {
        listing_ = TRY(volume_->tree->list(path()));
        for (const auto& [name, node] : nodes_)
            listing_.push_back({name, node->attributes_.inode, 0, node->type() >> 12});
    }
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

}  // namespace occlum::kernel
