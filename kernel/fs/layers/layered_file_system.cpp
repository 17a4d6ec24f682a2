#include "kernel/fs/layers/layered_file_system.h"

#include "kernel/fs/layers/layered_directory.h"
#include "kernel/fs/memory/tree_file_system.h"

namespace occlum::kernel {
namespace {

constexpr u64 kOverlayMagic = 0x794c'7630;
constexpr std::string_view kLayerMark = "occlum.layer";

}  // namespace

LayeredFileSystem::LayeredFileSystem(Ref<SecureFileSystem> upper, Ref<Inode> lower)
    : upper_(std::move(upper)), lower_root_(std::move(lower)), device_(next_device_number()) {
    upper_->become_layer();
}

Result<Ref<Inode>> LayeredFileSystem::make_root(Ref<SecureFileSystem> upper, Ref<Inode> lower) {
    auto fs = Ref<LayeredFileSystem>::adopt(*new LayeredFileSystem(upper, lower));
    Ref<SecureInode> above = TRY(SecureFileSystem::inode(upper, storage::FileSystem::kRoot));
    auto root = make_ref<LayeredDirectory>(fs, RefPtr<SecureInode>(above), RefPtr<Inode>(lower),
                                           TRY(above->attributes()), std::string());
    root->number_ = above->number();
    fs->by_above_.emplace(above->number(), root.get());
    TRY(fs->begin_layer(*above));
    return Ref<Inode>(root);
}

// A new layer's root looks like the lower one.
Result<void> LayeredFileSystem::begin_layer(SecureInode& root) {
    Result<std::string> begun = files().get_xattr(root.number(), kLayerMark);
    if (begun) return {};
    if (begun.error() != Errno::Enodata) return err(begun.error());
    const Attributes lower = TRY(lower_root_->attributes());
    return as_whole([&]() -> Result<void> {
        TRY(files().set_xattr(root.number(), kLayerMark, "1", 0));
        return root.change({.mode = lower.mode & kModeMask,
                            .uid = lower.uid,
                            .gid = lower.gid,
                            .accessed = lower.accessed,
                            .modified = lower.modified});
    });
}

FileSystemInfo LayeredFileSystem::info() const {
    FileSystemInfo info = upper_->info();
    info.magic = kOverlayMagic;
    info.device = device_;
    info.type = "overlay";
    return info;
}

u64 LayeredFileSystem::number_above(u64 number) const {
    auto known = shown_.find(number);
    return known == shown_.end() ? number : known->second;
}

Result<Ref<LayeredInode>> LayeredFileSystem::inode(Ref<LayeredFileSystem> fs, RefPtr<SecureInode> above,
                                                   RefPtr<Inode> below, LayeredDirectory& parent,
                                                   std::string_view name) {
    if (above) {
        auto known = fs->by_above_.find(above->number());
        if (known != fs->by_above_.end()) return Ref<LayeredInode>(*known->second);
    }
    Attributes lower;
    if (below) {
        lower = TRY(below->attributes());
        auto known = fs->by_below_.find(lower.inode);
        if (known != fs->by_below_.end()) return Ref<LayeredInode>(*known->second);
    }
    const Attributes now = above ? TRY(above->attributes()) : lower;
    auto make = [&]() -> Result<Ref<LayeredInode>> {
        if ((now.mode & kTypeMask) != kTypeDirectory) return make_ref<LayeredInode>(fs, above, below, now);
        std::string path;
        if (below) path = TRY(parent.path_below(above.get(), name));
        return Ref<LayeredInode>(make_ref<LayeredDirectory>(fs, above, below, now, std::move(path)));
    };
    Ref<LayeredInode> made = TRY(make());
    made->number_ = above ? fs->number_above(above->number()) : number_below(lower.inode);
    if (above) fs->by_above_.emplace(above->number(), made.get());
    if (below) {
        made->number_below_ = lower.inode;
        fs->by_below_.emplace(lower.inode, made.get());
    }
    if (!above) {
        made->parent_ = RefPtr<LayeredDirectory>(parent);
        made->name_ = std::string(name);
        made->names_below_ = lower.links;
    }
    return made;
}

void LayeredFileSystem::forget(LayeredInode& inode) {
    if (inode.above_) by_above_.erase(inode.above_->number());
    auto below = by_below_.find(inode.number_below_);
    if (below != by_below_.end() && below->second == &inode) by_below_.erase(below);
}

void LayeredFileSystem::copied_up(LayeredInode& inode) {
    by_above_.emplace(inode.above_->number(), &inode);
    shown_.insert_or_assign(inode.above_->number(), inode.number_);
}

void LayeredFileSystem::keep_linked(LayeredInode& inode) {
    linked_.emplace(inode.number_below_, Ref<LayeredInode>(inode));
}
void LayeredFileSystem::drop_linked(LayeredInode& inode) { linked_.erase(inode.number_below_); }

Result<RefPtr<Inode>> LayeredFileSystem::directory_below(std::string_view path) {
    RefPtr<Inode> at(*lower_root_);
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name.empty()) continue;
        Result<Ref<Inode>> next = at->lookup(name);
        if (!next && next.error() != Errno::Enoent) return err(next.error());
        if (!next || !(*next)->is_directory()) return RefPtr<Inode>();
        at = RefPtr<Inode>(**next);
    }
    return at;
}

}  // namespace occlum::kernel
