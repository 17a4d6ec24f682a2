#include "kernel/fs/dentry.h"

#include <bit>
#include <vector>

#include "base/sip_hash.h"
#include "enclave/host.h"
#include "enclave/page_budget.h"
#include "kernel/fs/inotify.h"
#include "kernel/fs/mounts.h"

namespace occlum::kernel {

/// Keeps many dentries alive, fewer when memory gets scarce. Second chance: those used since the last look
/// stay.
class DentryCache {
public:
    static DentryCache& get() {
        // Kernel state lives as long as the enclave: destructors at exit would run in no useful order.
        [[clang::no_destroy]] static DentryCache cache;
        return cache;
    }
    void add(Dentry& dentry) {
        if (dentry.cached_) return;
        dentry.cached_ = true;
        dentry.place_ = entries_.insert(entries_.end(), RefPtr<Dentry>(dentry));
        if (entries_.size() > kFew && entries_.size() > limit()) shrink(limit());
    }
    /// The caller holds it.
    void remove(Dentry& dentry) {
        if (!std::exchange(dentry.cached_, false)) return;
        entries_.erase(dentry.place_);
    }

private:
    // With its inode a name takes up to 2 KiB.
    static constexpr size_t kFew = 16384, kMany = 131072;
    static constexpr size_t kBatch = 64;

    static size_t limit() {
        const enclave::PageUse use = enclave::page_use();
        return use.committed < use.limit / 2 ? kMany : kFew;
    }

    void shrink(size_t limit) {
        for (size_t looked = 0; looked < kBatch && entries_.size() > limit - kBatch; ++looked) {
            if (entries_.front()->recently_used_) {
                entries_.front()->recently_used_ = false;
                entries_.splice(entries_.end(), entries_, entries_.begin());
                continue;
            }
            RefPtr<Dentry> victim = entries_.front();
            victim->cached_ = false;
            entries_.pop_front();
        }
    }

    std::list<RefPtr<Dentry>> entries_;
};

Dentry::Dentry(RefPtr<Dentry> parent, std::string name, RefPtr<Inode> inode, RefPtr<Dentry> origin)
    : parent_(std::move(parent)),
      name_(std::move(name)),
      inode_(std::move(inode)),
      origin_(std::move(origin)) {}

Dentry::~Dentry() {
    detach();
    if (unlinked_ && inode_ && inode_->nameless) notify_forgotten(*inode_);
    // The chain of parents that only this dentry kept alive goes one by one: guests make it as deep as they
    // like, and kernel stacks are small.
    RefPtr<Dentry> next = std::exchange(parent_, nullptr);
    while (next && next->ref_count() == 1) {
        next->detach();
        RefPtr<Dentry> above = std::exchange(next->parent_, nullptr);
        next = std::move(above);
    }
}

void Dentry::attach(Dentry& parent, std::string_view name) {
    parent_ = RefPtr<Dentry>(parent);
    name_ = std::string(name);
    parent.enter(*this);
}

// Whoever had the name before keeps it, but not its place: the key is the child's own.
void Dentry::enter(Dentry& child) { children_.put(child.name_, &child); }

u64 Dentry::NameHash::operator()(std::string_view name) const {
    static const SipKey key = [] {
        std::array<u8, sizeof(SipKey)> bytes{};
        enclave::random_bytes(bytes);
        return std::bit_cast<SipKey>(bytes);
    }();
    return sip_hash(key, name);
}

void Dentry::detach() {
    if (!parent_) return;
    if (parent_->children_.find(name_) == this) parent_->children_.take(name_);
}

RefPtr<Dentry> Dentry::find_cached(std::string_view name) {
    Dentry* const found = children_.find(name);
    if (found != nullptr) found->recently_used_ = true;
    return RefPtr<Dentry>(found);
}

Result<Ref<Dentry>> Dentry::child(std::string_view name) {
    if (name.size() > kNameLimit) return err(Errno::Enametoolong);
    if (origin_) return alias_child(name);
    bool stable = inode_->names_are_stable();
    if (stable) {
        if (RefPtr<Dentry> cached = find_cached(name)) {
            if (cached->is_negative()) return err(Errno::Enoent);
            return Ref<Dentry>(*cached);
        }
    } else if (RefPtr<Dentry> point = find_cached(name); point && point->mounted) {
        return Ref<Dentry>(*point);
    }
    inode_->foresee(Foresight::Name, name);
    // Somebody else may have come across the name meanwhile.
    if (RefPtr<Dentry> cached = stable ? find_cached(name) : nullptr) {
        if (cached->is_negative()) return err(Errno::Enoent);
        return Ref<Dentry>(*cached);
    }
    Result<Ref<Inode>> inode = inode_->lookup(name);
    if (!inode) {
        if (stable && inode.error() == Errno::Enoent && inode_->absence_is_stable()) {
            auto negative = make_ref<Dentry>(nullptr, std::string(), nullptr);
            negative->attach(*this, name);
            DentryCache::get().add(*negative);
        }
        return err(inode.error());
    }
    if (!stable) return make_ref<Dentry>(RefPtr<Dentry>(this), std::string(name), RefPtr<Inode>(*inode));
    return child_created(name, *inode);
}

Ref<Dentry> Dentry::alias_of(Dentry& child, std::string_view name) {
    auto alias = make_ref<Dentry>(nullptr, std::string(), child.inode_, RefPtr<Dentry>(child));
    alias->attach(*this, name);
    return alias;
}

Result<Ref<Dentry>> Dentry::alias_child(std::string_view name) {
    RefPtr<Dentry> known = find_cached(name);
    if (known && known->mounted) return Ref<Dentry>(*known);
    Ref<Dentry> real_child = TRY(origin_->child(name));
    known = find_cached(name);
    if (known && known->mounted) return Ref<Dentry>(*known);
    if (known && known->origin_.get() == real_child.get()) return Ref<Dentry>(*known);
    return alias_of(*real_child, name);
}

void Dentry::alias_moved(std::string_view name, Dentry& new_parent, std::string_view new_name) {
    RefPtr<Dentry> moved = find_cached(name);
    new_parent.children_.take(new_name);
    if (!moved) return;
    moved->detach();
    moved->attach(new_parent, new_name);
}

Ref<Dentry> Dentry::child_created(std::string_view name, Ref<Inode> inode) {
    if (origin_) return alias_of(*origin_->child_created(name, inode), name);
    // What was known to be absent is so no more.
    if (const RefPtr<Dentry> negative = find_cached(name)) DentryCache::get().remove(*negative);
    auto created = make_ref<Dentry>(nullptr, std::string(), RefPtr<Inode>(inode));
    created->attach(*this, name);
    DentryCache::get().add(*created);
    return created;
}

void Dentry::child_removed(std::string_view name) {
    const RefPtr<Dentry> gone(children_.take(name));
    if (origin_) {
        origin_->child_removed(name);
        return;
    }
    if (!gone) return;
    gone->unlinked_ = true;
    // A removed file lives only as long as somebody has it open, and a directory not for what it lacks.
    DentryCache::get().remove(*gone);
    std::vector<Ref<Dentry>> absent;
    gone->children_.for_each([&](std::string_view, Dentry* child) {
        if (child->is_negative()) absent.emplace_back(*child);
    });
    for (const Ref<Dentry>& each : absent) DentryCache::get().remove(*each);
}

void Dentry::child_moved(std::string_view name, Dentry& new_parent, std::string_view new_name) {
    if (origin_) {
        origin_->child_moved(name, new_parent.real(), new_name);
        alias_moved(name, new_parent, new_name);
        return;
    }
    RefPtr<Dentry> moved = find_cached(name);
    new_parent.child_removed(new_name);
    if (!moved || moved->is_negative()) {
        children_.take(name);
        return;
    }
    moved->detach();
    moved->attach(new_parent, new_name);
}

void Dentry::children_exchanged(std::string_view name, Dentry& other_parent, std::string_view other_name) {
    if (origin_) origin_->children_exchanged(name, other_parent.real(), other_name);
    RefPtr<Dentry> one = find_cached(name);
    RefPtr<Dentry> other = other_parent.find_cached(other_name);
    if (one) one->detach();
    if (other) other->detach();
    if (one) one->attach(other_parent, other_name);
    if (other) other->attach(*this, name);
}

Ref<Dentry> follow_mounts(Dentry& dentry) {
    Ref<Dentry> top(dentry);
    while (top->mounted) top = Ref<Dentry>(*top->mounted);
    return top;
}

void mount_at(Dentry& point, Ref<Dentry> root) {
    root->covered = RefPtr<Dentry>(point);
    point.mounted = RefPtr<Dentry>(root);
    // Where names are not remembered, this one has to be as long as something is mounted on it.
    if (point.parent_) point.parent_->enter(point);
}

bool Dentry::is_tree_in_use(u32 holders) {
    std::vector<Dentry*> left{this};
    while (!left.empty()) {
        Dentry& at = *left.back();
        left.pop_back();
        const size_t known = at.children_.size() + (at.cached_ ? 1 : 0) + (&at == this ? holders : 0);
        if (at.ref_count() > known) return true;
        at.children_.for_each([&](std::string_view, Dentry* child) { left.push_back(child); });
    }
    return false;
}

Ref<Dentry> anonymous_dentry(std::string name, Ref<Inode> inode) {
    return make_ref<Dentry>(nullptr, std::move(name), RefPtr<Inode>(inode));
}

}  // namespace occlum::kernel
