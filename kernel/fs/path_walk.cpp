#include "kernel/fs/path_walk.h"

#include "kernel/fs/mounts.h"
#include "kernel/fs/permission.h"

namespace occlum::kernel {
namespace {

constexpr u32 kMaxLinks = 40;

// A walk in progress: the place reached, and the path that is left.
class Walker {
public:
    Walker(const WalkContext& context, std::string_view path, u32 resolve)
        : context_(context), resolve_(resolve), at_(context.base), rest_(path) {
        top_ = (resolve & (kResolveInRoot | kResolveBeneath)) != 0 ? context.base : context.root;
    }

    Result<void> start();
    /// Walks until the last component is all that is left.
    Result<void> to_parent();
    /// Resolves the last component, following links if asked to (or if a slash follows).
    Result<Ref<Dentry>> last(bool follow);
    Result<Ref<Dentry>> resolve_last(bool follow);

    bool at_last() const { return !more_; }
    LastComponent component() const;
    void resume(const LastComponent& last);

private:
    void next_component();
    Result<void> step(std::string_view name);
    Result<void> go_up();
    Result<void> expand_link(Dentry& link);
    Result<void> follow_target(std::string target);
    Result<void> require_directory(Dentry& dentry) const {
        if (!dentry.inode().is_directory()) return err(Errno::Enotdir);
        return {};
    }

    const WalkContext& context_;
    u32 resolve_;
    Ref<Dentry> at_;
    RefPtr<Dentry> top_;
    std::string_view rest_;
    std::string owned_rest_;  // what rest_ points into once a link has been expanded
    std::string_view name_;   // the component cut off last
    bool more_ = false;       // components follow
    bool slash_ = false;      // slashes follow
    bool jumped_ = false;     // a magic link was followed: at_ is the target
    u32 links_ = 0;
};

bool is_dot(std::string_view name) { return name == "."; }
bool is_dot_dot(std::string_view name) { return name == ".."; }

Result<void> Walker::start() {
    if (rest_.empty()) return err(Errno::Enoent);
    if (rest_.size() >= kPathLimit) return err(Errno::Enametoolong);
    if (rest_.front() == '/') {
        if ((resolve_ & kResolveBeneath) != 0) return err(Errno::Exdev);
        at_ = Ref<Dentry>(*top_);
    }
    at_ = follow_mounts(at_);
    return {};
}

// Cuts the next component off the rest. An empty name: there is none ("/" or "///").
void Walker::next_component() {
    size_t begin = rest_.find_first_not_of('/');
    if (begin == std::string_view::npos) begin = rest_.size();
    rest_.remove_prefix(begin);
    size_t end = rest_.find('/');
    name_ = rest_.substr(0, end);
    rest_.remove_prefix(name_.size());
    slash_ = !rest_.empty();
    more_ = rest_.find_first_not_of('/') != std::string_view::npos;
}

Result<void> Walker::go_up() {
    TRY(check_access(at_->inode(), context_.who, kMayExecute));
    if (at_.get() == top_.get()) {
        if ((resolve_ & kResolveBeneath) != 0) return err(Errno::Exdev);
        return {};
    }
    Ref<Dentry> place = at_;
    while (!place->parent() && place->covered) {
        if ((resolve_ & kResolveNoMounts) != 0) return err(Errno::Exdev);
        place = Ref<Dentry>(*place->covered);
        // The root of a chroot can be the covered directory itself.
        if (place.get() == top_.get()) return {};
    }
    RefPtr<Dentry> above = place->parent();
    at_ = above ? follow_mounts(*above) : place;
    return {};
}

Result<void> Walker::step(std::string_view name) {
    TRY(require_directory(*at_));
    if (is_dot_dot(name)) return go_up();
    TRY(check_access(TRY(at_->inode().attributes()), context_.who, kMayExecute));
    if (is_dot(name)) return {};
    Ref<Dentry> found = TRY(at_->child(name));
    if (found->mounted) {
        if ((resolve_ & kResolveNoMounts) != 0) return err(Errno::Exdev);
        found = follow_mounts(found);
        if (found->mount) ++found->mount->visits;
    }
    at_ = found;
    return {};
}

Result<void> Walker::follow_target(std::string target) {
    if (target.empty()) return err(Errno::Enoent);
    if (target.front() == '/') {
        if ((resolve_ & kResolveBeneath) != 0) return err(Errno::Exdev);
        at_ = follow_mounts(*top_);
    }
    target.append(rest_);
    owned_rest_ = std::move(target);
    rest_ = owned_rest_;
    return {};
}

// at_ is the directory that holds the link.
Result<void> Walker::expand_link(Dentry& named) {
    if (++links_ > kMaxLinks || (resolve_ & kResolveNoLinks) != 0) return err(Errno::Eloop);
    if ((mount_flags_of(named) & kMountNoSymlinks) != 0) return err(Errno::Eloop);
    Inode& link = named.inode();
    if (RefPtr<Dentry> target = TRY(link.magic_target())) {
        if ((resolve_ & (kResolveNoMagicLinks | kResolveBeneath | kResolveInRoot)) != 0)
            return err(Errno::Eloop);
        at_ = follow_mounts(*target);
        jumped_ = true;
        return {};
    }
    link.foresee(Foresight::Link);
    return follow_target(TRY(link.read_link()));
}

Result<void> Walker::to_parent() {
    for (;;) {
        next_component();
        if (!more_) return {};
        Ref<Dentry> directory = at_;
        TRY(step(name_));
        if (at_->inode().is_link()) {
            Ref<Dentry> link = at_;
            at_ = directory;
            TRY(expand_link(*link));
        }
        TRY(require_directory(*at_));
    }
}

Result<Ref<Dentry>> Walker::last(bool follow) {
    TRY(to_parent());
    return resolve_last(follow);
}

Result<Ref<Dentry>> Walker::resolve_last(bool follow) {
    for (;;) {
        if (name_.empty()) return at_;  // the root
        bool slash = slash_;
        Ref<Dentry> directory = at_;
        if (Result<void> stepped = step(name_); !stepped) {
            at_ = directory;
            return err(stepped.error());
        }
        if (!at_->inode().is_link() || (!follow && !slash)) {
            if (slash) TRY(require_directory(*at_));
            return at_;
        }
        Ref<Dentry> link = at_;
        at_ = directory;
        jumped_ = false;
        more_ = true;
        TRY(expand_link(*link));
        if (jumped_) {
            if (slash) TRY(require_directory(*at_));
            return at_;
        }
        TRY(to_parent());
        slash_ |= slash;
    }
}

LastComponent Walker::component() const {
    using Kind = LastComponent::Kind;
    Kind kind = Kind::Name;
    if (name_.empty())
        kind = Kind::Root;
    else if (is_dot(name_))
        kind = Kind::Dot;
    else if (is_dot_dot(name_))
        kind = Kind::DotDot;
    return {.directory = at_, .name = std::string(name_), .kind = kind, .trailing_slash = slash_};
}

void Walker::resume(const LastComponent& last) {
    at_ = last.directory;
    name_ = last.name;
    rest_ = {};
    slash_ = last.trailing_slash;
}

}  // namespace

Result<Ref<Dentry>> walk(const WalkContext& context, std::string_view path, bool follow, u32 resolve) {
    Walker walker(context, path, resolve);
    TRY(walker.start());
    return walker.last(follow);
}

Result<LastComponent> walk_to_parent(const WalkContext& context, std::string_view path, u32 resolve) {
    Walker walker(context, path, resolve);
    TRY(walker.start());
    TRY(walker.to_parent());
    LastComponent last = walker.component();
    if (!last.directory->inode().is_directory()) return err(Errno::Enotdir);
    return last;
}

Result<Ref<Dentry>> walk_last(const WalkContext& context, LastComponent& last, bool follow, u32 resolve) {
    Walker walker(context, {}, resolve);
    const LastComponent start = last;  // resume() refers to it
    walker.resume(start);
    Result<Ref<Dentry>> found = walker.resolve_last(follow);
    if (!found && found.error() == Errno::Enoent && walker.at_last()) {
        last = walker.component();
        last.missing = true;
    }
    return found;
}

}  // namespace occlum::kernel
