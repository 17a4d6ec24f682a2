#include "kernel/fs/memory/tree_inode.h"

#include "kernel/fs/dev/devices.h"
#include "kernel/fs/memory/tree_directory.h"
#include "kernel/fs/regular_file.h"
#include "kernel/ipc/fifo.h"

namespace occlum::kernel {

TreeInode::TreeInode(Ref<TreeFileSystem> fs, u32 mode, u64 rdev, const Credentials& owner)
    : Inode(mode),
      fs_(std::move(fs)),
      number_(fs_->next_number()),
      mode_(mode),
      uid_(owner.fsuid),
      gid_(owner.fsgid),
      rdev_(rdev),
      accessed_(file_time_now()),
      modified_(accessed_),
      changed_(accessed_),
      born_(accessed_) {}

TreeInode::TreeInode(Ref<TreeFileSystem> fs, const Attributes& lower)
    : Inode(lower.mode),
      fs_(std::move(fs)),
      number_(lower.inode),
      mode_(lower.mode),
      links_(lower.links),
      uid_(lower.uid),
      gid_(lower.gid),
      rdev_(lower.rdev),
      accessed_(lower.accessed),
      modified_(lower.modified),
      changed_(lower.changed),
      born_(lower.born) {}

TreeInode::~TreeInode() {
    fs_->budget().release(charged_);
    if (linked_) fs_->linked().erase(number_);
    // One by one, not by recursion: paths may be deep and kernel stacks are small.
    RefPtr<TreeDirectory> next = std::exchange(origin_, nullptr);
    if (next) next->forget(origin_name_, *this);
    while (next && next->ref_count() == 1) {
        RefPtr<TreeDirectory> above = std::exchange(next->origin_, nullptr);
        if (above) above->forget(next->origin_name_, *next);
        next = std::move(above);
    }
}

Result<void> TreeInode::pin() {
    if (pinned_) return {};
    std::vector<RefPtr<TreeInode>> chain{RefPtr<TreeInode>(this)};
    while (chain.back()->origin_ && !chain.back()->origin_->pinned_)
        chain.push_back(RefPtr<TreeInode>(*chain.back()->origin_));
    while (!chain.empty()) {
        TreeInode& inode = *chain.back();
        TRY(fs_->budget().charge(kNodeCost));
        inode.charged_ += kNodeCost;
        inode.origin_->adopt(inode.origin_name_, inode);
        inode.leave_origin();
        chain.pop_back();
    }
    return {};
}

void TreeInode::leave_origin() {
    pinned_ = true;
    origin_ = nullptr;
}

Result<Attributes> TreeInode::attributes() {
    return Attributes{.device = fs_->device(),
                      .inode = number_,
                      .mode = mode_,
                      .links = links_,
                      .uid = uid_,
                      .gid = gid_,
                      .rdev = rdev_,
                      .size = size(),
                      .blocks = blocks(),
                      .accessed = accessed_,
                      .modified = modified_,
                      .changed = changed_,
                      .born = born_};
}

Result<void> TreeInode::change(const AttributeChange& change) {
    TRY(pin());
    if (change.size) TRY(resize(*change.size));
    if (change.mode) mode_ = (mode_ & kTypeMask) | (*change.mode & kModeMask);
    if (change.uid) uid_ = *change.uid;
    if (change.gid) gid_ = *change.gid;
    touch_changed();
    if (change.accessed) accessed_ = *change.accessed;
    if (change.modified) modified_ = *change.modified;
    return {};
}

void TreeInode::drop_set_id() {
    u32 cleared = kModeSetUid;
    // Set-gid without group execution is a mark for mandatory locking, not a privilege.
    if ((mode_ & 010) != 0) cleared |= kModeSetGid;
    if ((mode_ & cleared) == 0 || !pin()) return;
    mode_ &= ~cleared;
}

void TreeInode::touch_accessed() {
    if (fs_->read_only() || (accessed_ > modified_ && accessed_ > changed_)) return;
    accessed_ = file_time_now();
}

bool TreeInode::xattr_allowed(std::string_view name) const {
    bool user = name.starts_with("user.") && name.size() > 5;
    return user && (type() == kTypeRegular || type() == kTypeDirectory);
}

Result<std::string> TreeInode::get_xattr(std::string_view name) {
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Enodata : Errno::Eopnotsupp);
    auto found = xattrs_.find(name);
    if (found == xattrs_.end()) return err(Errno::Enodata);
    return found->second;
}

Result<void> TreeInode::set_xattr(std::string_view name, std::string_view value, u32 flags) {
    constexpr u32 kCreate = 1, kReplace = 2;
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Eperm : Errno::Eopnotsupp);
    auto found = xattrs_.find(name);
    if (found != xattrs_.end() && (flags & kCreate) != 0) return err(Errno::Eexist);
    if (found == xattrs_.end() && (flags & kReplace) != 0) return err(Errno::Enodata);
    TRY(pin());
    u64 total = 0;
    for (const auto& [key, text] : xattrs_) total += key.size() + text.size();
    if (total + name.size() + value.size() > kMaxXattrs) return err(Errno::Enospc);
    if (!xattrs_charged_) {
        TRY(fs_->budget().charge(kMaxXattrs));
        charged_ += kMaxXattrs;
        xattrs_charged_ = true;
    }
    xattrs_.insert_or_assign(std::string(name), std::string(value));
    touch_changed();
    return {};
}

Result<void> TreeInode::remove_xattr(std::string_view name) {
    if (!xattr_allowed(name)) return err(name.starts_with("user.") ? Errno::Enodata : Errno::Eopnotsupp);
    auto found = xattrs_.find(name);
    if (found == xattrs_.end()) return err(Errno::Enodata);
    xattrs_.erase(found);
    if (xattrs_.empty() && xattrs_charged_) {
        fs_->budget().release(kMaxXattrs);
        charged_ -= kMaxXattrs;
        xattrs_charged_ = false;
    }
    touch_changed();
    return {};
}

Result<std::string> TreeInode::list_xattr() {
    std::string names;
    for (const auto& [name, value] : xattrs_) {
        names += name;
        names += '\0';
    }
    return names;
}

TreeLink::TreeLink(Ref<TreeFileSystem> fs, std::string target, const Credentials& owner)
    : TreeInode(std::move(fs), kTypeLink | 0777, 0, owner),
      size_(target.size()),
      target_(std::move(target)) {}

TreeLink::TreeLink(Ref<TreeFileSystem> fs, const Attributes& lower, std::string path)
    : TreeInode(std::move(fs), lower), size_(lower.size), path_(std::move(path)) {}

void TreeLink::foresee(Foresight what, std::string_view) {
    if (what != Foresight::Link || path_.empty()) return;
    const Ref<LowerTree> lower(*fs_->lower());
    lower->ask_ahead(what, path_);
}

Result<std::string> TreeLink::read_link() {
    if (!path_.empty()) {
        target_ = TRY(fs_->lower()->read_link(path_));
        size_ = target_.size();
        path_.clear();
    }
    return target_;
}

TreeSpecial::TreeSpecial(Ref<TreeFileSystem> fs, u32 mode, u64 rdev, const Credentials& owner)
    : TreeInode(std::move(fs), mode, rdev, owner) {}
TreeSpecial::TreeSpecial(Ref<TreeFileSystem> fs, const Attributes& lower)
    : TreeInode(std::move(fs), lower), from_host_(true) {}
TreeSpecial::~TreeSpecial() = default;

Result<Ref<OpenFile>> TreeSpecial::open(u32 flags) {
    if (type() == kTypeFifo) {
        if (!fifo_) fifo_ = RefPtr<Pipe>(make_ref<Pipe>());
        // Opening may sleep: this inode and its state must survive that.
        Ref<TreeSpecial> keep(*this);
        return open_fifo(*fifo_, flags);
    }
    if (type() == kTypeCharacter && !from_host_) return open_device(rdev_, flags);
    return err(Errno::Enxio);
}

}  // namespace occlum::kernel
