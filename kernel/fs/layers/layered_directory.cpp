#include "kernel/fs/layers/layered_directory.h"

namespace occlum::kernel {
namespace {

bool is_whiteout(const storage::Attributes& node) {
    return (node.mode & kTypeMask) == kTypeCharacter && node.rdev == 0;
}

std::string join(std::string_view path, std::string_view name) {
    std::string joined(path);
    if (!joined.empty()) joined += '/';
    joined += name;
    return joined;
}

}  // namespace

Result<LayeredDirectory::Entry> LayeredDirectory::entry_above(std::string_view name) {
    if (!above_) return Entry{};
    Result<u64> number = fs_->files().lookup(above_->number(), name);
    if (!number && number.error() == Errno::Enoent) return Entry{};
    if (!number) return err(number.error());
    return Entry{*number, is_whiteout(TRY(fs_->files().attributes(*number)))};
}

Result<bool> LayeredDirectory::is_below(std::string_view name) {
    if (!below_) return false;
    Result<Ref<Inode>> found = below_->lookup(name);
    if (!found && found.error() != Errno::Enoent) return err(found.error());
    return found.has_value();
}

Result<std::string> LayeredDirectory::path_below(SecureInode* above, std::string_view name) {
    if (above != nullptr) {
        Result<std::string> elsewhere = fs_->files().get_xattr(above->number(), kLowerMark);
        if (elsewhere || elsewhere.error() != Errno::Enodata) return elsewhere;
    }
    return join(lower_path_, name);
}

// What a name shows of the lower tree, when `above` is what it is in the upper one.
Result<RefPtr<Inode>> LayeredDirectory::find_below(std::string_view name, SecureInode* above) {
    if (above != nullptr) {
        if (!above->is_directory()) return RefPtr<Inode>();
        Result<std::string> opaque = fs_->files().get_xattr(above->number(), kOpaqueMark);
        if (opaque) return RefPtr<Inode>();
        Result<std::string> elsewhere = fs_->files().get_xattr(above->number(), kLowerMark);
        if (elsewhere) return fs_->directory_below(*elsewhere);
        for (Errno error : {opaque.error(), elsewhere.error()})
            if (error != Errno::Enodata) return err(error);
    }
    if (!below_) return RefPtr<Inode>();
    Result<Ref<Inode>> found = below_->lookup(name);
    if (!found && found.error() != Errno::Enoent) return err(found.error());
    if (!found || (above != nullptr && !(*found)->is_directory())) return RefPtr<Inode>();
    return RefPtr<Inode>(**found);
}

Result<Ref<LayeredInode>> LayeredDirectory::find(std::string_view name) {
    if (nameless_) return err(Errno::Enoent);
    const Entry entry = TRY(entry_above(name));
    if (entry.whiteout) return err(Errno::Enoent);
    RefPtr<SecureInode> above;
    if (entry.number != 0) {
        Ref<SecureFileSystem> upper(fs_->upper());
        above = RefPtr<SecureInode>(*TRY(SecureFileSystem::inode(upper, entry.number)));
    }
    RefPtr<Inode> below = TRY(find_below(name, above.get()));
    if (!above && !below) return err(Errno::Enoent);
    return LayeredFileSystem::inode(fs_, above, below, *this, name);
}

Result<Ref<Inode>> LayeredDirectory::lookup(std::string_view name) {
    Ref<LayeredInode> found = TRY(find(name));
    return Ref<Inode>(found);
}

Result<void> LayeredDirectory::must_be_absent(std::string_view name) {
    if (nameless_) return err(Errno::Enoent);
    Result<Ref<LayeredInode>> taken = find(name);
    if (taken) return err(Errno::Eexist);
    if (taken.error() != Errno::Enoent) return err(taken.error());
    return {};
}

Result<void> LayeredDirectory::clear_whiteout(std::string_view name) {
    hidden_.reset();
    if (TRY(entry_above(name)).whiteout) return above_->unlink(name);
    return {};
}

Result<void> LayeredDirectory::leave_whiteout(std::string_view name) {
    if (!TRY(is_below(name))) return {};
    hidden_.reset();
    TRY(fs_->files().create(above_->number(), name, {.mode = kTypeCharacter}));
    return {};
}

// Of what was made above in this directory.
Result<Ref<Inode>> LayeredDirectory::adopt(std::string_view name, Ref<Inode> made) {
    RefPtr<SecureInode> above(static_cast<SecureInode&>(*made));
    Ref<LayeredInode> child = TRY(LayeredFileSystem::inode(fs_, above, nullptr, *this, name));
    return Ref<Inode>(child);
}

Result<Ref<Inode>> LayeredDirectory::create(std::string_view name, u32 mode, u64 rdev,
                                            const Credentials& owner) {
    TRY(must_be_absent(name));
    // It would be taken for a whiteout.
    if ((mode & kTypeMask) == kTypeCharacter && rdev == 0) return err(Errno::Eperm);
    TRY(copy_up());
    const bool hides = TRY(is_below(name));
    return fs_->as_whole([&]() -> Result<Ref<Inode>> {
        TRY(clear_whiteout(name));
        Ref<Inode> made = TRY(above_->create(name, mode, rdev, owner));
        if (hides && made->is_directory())
            TRY(fs_->files().set_xattr(static_cast<SecureInode&>(*made).number(), kOpaqueMark, "y", 0));
        return adopt(name, made);
    });
}

Result<Ref<Inode>> LayeredDirectory::symlink(std::string_view name, std::string_view target,
                                             const Credentials& owner) {
    TRY(must_be_absent(name));
    TRY(copy_up());
    return fs_->as_whole([&]() -> Result<Ref<Inode>> {
        TRY(clear_whiteout(name));
        return adopt(name, TRY(above_->symlink(name, target, owner)));
    });
}

Result<Ref<Inode>> LayeredDirectory::create_unnamed(u32 mode, const Credentials& owner) {
    if (nameless_) return err(Errno::Enoent);
    TRY(copy_up());
    return adopt({}, TRY(above_->create_unnamed(mode, owner)));
}

Result<void> LayeredDirectory::link(std::string_view name, Inode& target) {
    TRY(must_be_absent(name));
    auto& child = static_cast<LayeredInode&>(target);  // same device, so the same kind
    TRY(child.copy_up());
    TRY(copy_up());
    return fs_->as_whole([&]() -> Result<void> {
        TRY(clear_whiteout(name));
        return above_->link(name, *child.above_);
    });
}

// Takes a file's name away, which a whiteout or another file replaces.
Result<void> LayeredDirectory::take_target(LayeredInode& target, std::string_view name) {
    if (target.is_directory()) {
        auto& directory = static_cast<LayeredDirectory&>(target);
        TRY(directory.clear_whiteouts());
    }
    if (TRY(entry_above(name)).number != 0)
        return target.is_directory() ? above_->rmdir(name) : above_->unlink(name);
    if (target.is_directory() || target.names_below_ == 0) return {};
    --target.names_below_;
    if (!target.above_) target.nameless_ = target.names_below_ == 0;
    if (target.names_below_ == 0) fs_->drop_linked(target);
    return {};
}

Result<void> LayeredDirectory::unlink(std::string_view name) {
    Ref<LayeredInode> child = TRY(find(name));
    if (child->is_directory()) return err(Errno::Eisdir);
    TRY(copy_up());
    return fs_->as_whole([&]() -> Result<void> {
        TRY(take_target(*child, name));
        return leave_whiteout(name);
    });
}

Result<void> LayeredDirectory::rmdir(std::string_view name) {
    Ref<LayeredInode> child = TRY(find(name));
    if (!child->is_directory()) return err(Errno::Enotdir);
    TRY(static_cast<LayeredDirectory&>(*child).must_be_empty());
    TRY(copy_up());
    TRY(fs_->as_whole([&]() -> Result<void> {
        TRY(take_target(*child, name));
        return leave_whiteout(name);
    }));
    child->nameless_ = true;
    return {};
}

// The name leads to the copy above, also when the copy was made under another name.
Result<void> LayeredDirectory::hold_name(std::string_view name, LayeredInode& child) {
    TRY(child.copy_up());
    TRY(copy_up());
    if (TRY(entry_above(name)).number != 0) return {};
    TRY(fs_->as_whole([&] { return above_->link(name, *child.above_); }));
    if (child.names_below_ > 0 && --child.names_below_ == 0) fs_->drop_linked(child);
    return {};
}

// After a directory has come to `name` here: what it shows of the lower tree goes with it, and nothing else.
Result<void> LayeredDirectory::mark_place(LayeredInode& child, std::string_view name) {
    if (!child.is_directory()) return {};
    const u64 number = child.above_->number();
    if (child.below_)
        return fs_->files().set_xattr(number, kLowerMark, static_cast<LayeredDirectory&>(child).lower_path_,
                                      0);
    if (!TRY(is_below(name))) return {};
    return fs_->files().set_xattr(number, kOpaqueMark, "y", 0);
}

Result<void> LayeredDirectory::move(std::string_view name, LayeredInode& child, LayeredDirectory& to,
                                    std::string_view new_name, LayeredInode* target) {
    if (target != nullptr) TRY(to.take_target(*target, new_name));
    TRY(to.clear_whiteout(new_name));
    TRY(above_->rename(name, *to.above_, new_name, 0));
    TRY(to.mark_place(child, new_name));
    return leave_whiteout(name);
}

Result<void> LayeredDirectory::exchange(std::string_view name, LayeredInode& one, LayeredDirectory& to,
                                        std::string_view new_name, LayeredInode& other) {
    TRY(to.hold_name(new_name, other));
    return fs_->as_whole([&]() -> Result<void> {
        TRY(above_->rename(name, *to.above_, new_name, kRenameExchange));
        TRY(to.mark_place(one, new_name));
        return mark_place(other, name);
    });
}

Result<void> LayeredDirectory::rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                      u32 flags) {
    auto& to = static_cast<LayeredDirectory&>(new_parent);  // same device, so the same kind
    if (to.nameless_) return err(Errno::Enoent);
    Ref<LayeredInode> child = TRY(find(name));
    Result<Ref<LayeredInode>> target = to.find(new_name);
    if (!target && target.error() != Errno::Enoent) return err(target.error());
    if (target && &**target == &*child) return {};
    if (target && (flags & kRenameExchange) == 0 && (*target)->is_directory())
        TRY(static_cast<LayeredDirectory&>(**target).must_be_empty());
    TRY(to.copy_up());
    TRY(hold_name(name, *child));
    if ((flags & kRenameExchange) != 0) {
        if (!target) return err(Errno::Enoent);
        return exchange(name, *child, to, new_name, **target);
    }
    LayeredInode* replaced = target ? &**target : nullptr;
    TRY(fs_->as_whole([&] { return move(name, *child, to, new_name, replaced); }));
    if (replaced != nullptr && replaced->is_directory()) replaced->nameless_ = true;
    return {};
}

}  // namespace occlum::kernel
